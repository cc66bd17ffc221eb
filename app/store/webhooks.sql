-- name: has_gallery
select true from gallery where tenant_id = %(tenant)s and gallery_id = %(gallery_id)s;

-- name: put_webhook
-- Whether its secret is the one that was given.
insert into webhook as w (tenant_id, webhook_id, url, events, gallery_id, secret)
values (%(tenant)s, %(webhook_id)s, %(url)s, %(events)s, %(gallery_id)s, %(secret)s)
    on conflict (tenant_id, webhook_id) do update
   set url = excluded.url, events = excluded.events, gallery_id = excluded.gallery_id, updated_at = now(),
       secret = case when %(rotate)s then excluded.secret else w.secret end
returning secret = %(secret)s;

-- name: page_webhooks
select w.webhook_id, w.url, w.events, coalesce(w.gallery_id, '') as gallery_id, w.created_at, w.updated_at
  from webhook w
 where w.tenant_id = %(tenant)s and (w.webhook_id > %(after)s or w.webhook_id = %(only)s)
 order by w.webhook_id
 limit %(limit)s;

-- name: delete_webhook
-- Its deliveries go with it.
delete from webhook where tenant_id = %(tenant)s and webhook_id = %(webhook_id)s returning webhook_id;
