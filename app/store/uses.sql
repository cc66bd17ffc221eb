-- name: count_use
-- No row where it was used up.
insert into upload_use as u (tenant_id, token_id, uses, expires_at)
values (%(tenant)s, %(token_id)s, 1, %(until)s)
    on conflict (tenant_id, token_id) do update set uses = u.uses + 1 where u.uses < %(most)s
returning uses;

-- name: forget_expired_uses
delete from upload_use where expires_at < now() - interval '1 minute';
