-- name: open_book
-- The last line, locked until the end of the transaction: lines are added by one at a time.
insert into audit_book as b (tenant_id) values (%(tenant)s)
    on conflict (tenant_id) do update set tenant_id = b.tenant_id
returning b.sequence, b.hash;

-- name: get_audit_key
select secret from audit_key where tenant_id = %(tenant)s;

-- name: put_audit_key
-- Nothing comes back where there is no such tenant (any more).
insert into audit_key as k (tenant_id, secret)
select t.tenant_id, %(secret)s from tenant t where t.tenant_id = %(tenant)s
    on conflict (tenant_id) do update set secret = k.secret
returning secret;

-- name: append
with line as (
    insert into audit (
        tenant_id, sequence, at, actor, action, collection, subjects, target, request_id, status, outcome, previous, hash
    )
    select %(tenant)s, x.sequence, x.at, x.actor, x.action, x.collection, x.subjects, x.target, x.request_id, x.status,
           x.outcome, x.previous, x.hash
      from jsonb_to_recordset(%(lines)s) as x (
           sequence bigint, at timestamptz, actor text, action text, collection text, subjects text[], target text,
           request_id text, status integer, outcome text, previous text, hash text)
)
update audit_book set sequence = %(sequence)s, hash = %(hash)s where tenant_id = %(tenant)s;

-- name: get_book
select sequence, hash, kept_sequence, kept_hash from audit_book where tenant_id = %(tenant)s;

-- name: page_lines
select a.tenant_id as tenant, a.sequence, a.at, a.actor, a.action, a.collection, a.subjects, a.target, a.request_id,
       a.status, a.outcome, a.previous, a.hash
  from audit a
 where a.tenant_id = %(tenant)s and a.sequence > %(after)s
   and (%(since)s::timestamptz is null or a.at >= %(since)s)
   and (%(until)s::timestamptz is null or a.at < %(until)s)
   and strpos(a.actor, %(actor)s) > 0
   and %(action)s in ('', a.action)
   and %(collection)s in ('', a.collection)
   and (%(subject)s::text is null or %(subject)s = any(a.subjects))
 order by a.sequence
 limit %(limit)s;

-- name: list_books
select tenant_id, sequence, hash from audit_book where sequence > 0 order by tenant_id;

-- name: prune
-- How many lines went, at most `most`; see the function.
select face.prune_audit(%(tenant)s, %(days)s, %(most)s);
