-- A row is seen by its own tenant's transactions, and by those that say they are everybody's ('*', which no tenant can
-- be called). Forced, so that it holds for the owner as well; superusers it binds as long as they are face_service.
-- The sub-selects are asked once a statement, not once a row.
create function face.isolate(target regclass) returns void language plpgsql as $$
begin
    execute format('alter table %s enable row level security', target);
    execute format('alter table %s force row level security', target);
    execute format(
        'create policy tenant on %s using (tenant_id = (select current_setting(''face.tenant'', true))'
        ' or (select current_setting(''face.tenant'', true)) = ''*'')', target);
end
$$;

-- All there is by now. Whoever makes a table from here on calls it for that table.
select face.isolate(format('face.%I', tablename)::regclass)
  from pg_catalog.pg_tables
 where schemaname = 'face' and tablename <> 'schema_migration';

-- Under a policy only conditions that are leakproof are looked up in an index: those of bigint are, those of xid8 are not.
-- Writes the table anew, once.
alter table face.face add column stamp bigint not null generated always as ((added::text)::bigint) stored;
create index face_stamp on face.face (stamp);
