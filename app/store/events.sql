-- name: emit
-- Written only where somebody is to be told.
with given as (
    select gen_random_uuid() as event_id, kind, nullif(gallery_id, '') as gallery_id, payload
      from unnest(%(kinds)s::text[], %(galleries)s::text[], %(payloads)s::jsonb[]) as told (kind, gallery_id, payload)
),
told as (
    select given.event_id, 'webhook' as channel, w.webhook_id
      from given
      join webhook w
        on w.tenant_id = %(tenant)s and given.kind = any(w.events)
       and (w.gallery_id is null or w.gallery_id = given.gallery_id)
    union all
    select given.event_id, listening.channel, null
      from given
      join unnest(%(channels)s::text[], %(hears)s::text[]) as listening (channel, kind) on listening.kind = given.kind
),
happened as (
    insert into event (tenant_id, event_id, kind, gallery_id, payload)
    select %(tenant)s, event_id, kind, gallery_id, payload
      from given
     where event_id in (select event_id from told)
    returning event_id
)
insert into delivery (tenant_id, event_id, channel, webhook_id)
select %(tenant)s, happened.event_id, told.channel, told.webhook_id
  from happened
  join told on told.event_id = happened.event_id
returning delivery_id::text;

-- name: forget_old_events
-- Their deliveries go with them.
delete from event where created_at < now() - make_interval(days => %(days)s);
