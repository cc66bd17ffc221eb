-- name: page_deliveries
-- Newest first.
select d.delivery_id::text, d.event_id::text, e.kind, e.payload, d.state, d.attempts, d.status, d.error, d.due_at,
       d.created_at, d.finished_at
  from delivery d
  join event e on e.tenant_id = d.tenant_id and e.event_id = d.event_id
 where d.tenant_id = %(tenant)s and d.webhook_id = %(webhook_id)s
   and (%(state)s::text is null or d.state = %(state)s)
   and (d.created_at, d.delivery_id) < (%(before_time)s::timestamptz, %(before)s::uuid)
 order by d.created_at desc, d.delivery_id desc
 limit %(limit)s;

-- name: get_delivery
select d.delivery_id::text, d.event_id::text, e.kind, e.payload, d.state, d.attempts, d.status, d.error, d.due_at,
       d.created_at, d.finished_at
  from delivery d
  join event e on e.tenant_id = d.tenant_id and e.event_id = d.event_id
 where d.tenant_id = %(tenant)s and d.webhook_id = %(webhook_id)s and d.delivery_id = %(delivery_id)s;

-- name: redeliver
update delivery
   set state = 'pending', turn = turn + 1, attempts = 0, status = null, error = '', due_at = now(), finished_at = null
 where tenant_id = %(tenant)s and webhook_id = %(webhook_id)s and delivery_id = %(delivery_id)s
returning delivery_id::text, turn;

-- name: redeliver_failed
-- Also those that would be tried again by themselves: the receiver is said to be there again.
update delivery
   set state = 'pending', turn = turn + 1, attempts = 0, status = null, error = '', due_at = now(), finished_at = null
 where tenant_id = %(tenant)s and webhook_id = %(webhook_id)s
   and (state = 'failed' or state = 'pending' and attempts > 0)
returning delivery_id::text, turn;

-- name: ping
with happened as (
    insert into event (tenant_id, kind, payload) values (%(tenant)s, %(kind)s, %(payload)s) returning event_id
)
insert into delivery (tenant_id, event_id, channel, webhook_id)
select %(tenant)s, event_id, 'webhook', %(webhook_id)s from happened
returning delivery_id::text, turn;

-- name: claim_delivery
select d.tenant_id as tenant, d.delivery_id::text, d.turn, d.attempts, d.channel, e.event_id::text, e.kind, e.payload,
       e.created_at as happened_at, coalesce(w.webhook_id, '') as webhook_id, coalesce(w.url, '') as url,
       coalesce(w.secret, '') as secret
  from delivery d
  join event e on e.tenant_id = d.tenant_id and e.event_id = d.event_id
  left join webhook w on w.tenant_id = d.tenant_id and w.webhook_id = d.webhook_id
 where d.tenant_id = %(tenant)s and d.delivery_id = %(delivery_id)s and d.turn = %(turn)s and d.state = 'pending';

-- name: settle_delivery
update delivery
   set state = 'delivered', attempts = attempts + 1, status = %(status)s, error = '', due_at = null, finished_at = now()
 where tenant_id = %(tenant)s and delivery_id = %(delivery_id)s and turn = %(turn)s and state = 'pending';

-- name: fail_delivery
update delivery
   set state = case when %(final)s then 'failed' else 'pending' end, turn = turn + 1, attempts = attempts + 1,
       status = %(status)s, error = %(error)s, due_at = now() + make_interval(secs => %(delay)s::double precision),
       finished_at = case when %(final)s then now() end
 where tenant_id = %(tenant)s and delivery_id = %(delivery_id)s and turn = %(turn)s and state = 'pending'
returning delivery_id::text, turn;

-- name: put_off_delivery
update delivery
   set turn = turn + 1, due_at = now() + make_interval(secs => %(delay)s::double precision)
 where tenant_id = %(tenant)s and delivery_id = %(delivery_id)s and turn = %(turn)s and state = 'pending'
returning delivery_id::text, turn;
