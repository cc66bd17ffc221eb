-- name: raise_alert
-- No row comes back where it is raised already.
insert into alert (tenant_id, kind, subject, detail)
values (%(tenant)s, %(kind)s, %(subject)s, %(detail)s)
on conflict do nothing
returning detail;

-- name: clear_alert
delete from alert where tenant_id = %(tenant)s and kind = %(kind)s and subject = %(subject)s returning detail;

-- name: list_alerts
select kind, subject, detail, extract(epoch from now() - raised_at)::double precision as seconds
  from alert
 where tenant_id = %(tenant)s
 order by raised_at;
