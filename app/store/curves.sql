-- name: get_curve
select rates, similarities, measured_to, people, comparisons, source
  from calibration
 where tenant_id = %(tenant)s and collection = %(collection)s and recogniser_sha256 = %(recogniser)s;

-- name: put_curve
-- No row comes back where there is no such collection.
insert into calibration as c (
    tenant_id, collection, recogniser_sha256, rates, similarities, measured_to, people, comparisons, source
)
select tenant_id, name, %(recogniser)s, %(rates)s::float8[], %(similarities)s::float8[], %(measured_to)s, %(people)s,
       %(comparisons)s, %(source)s
  from collection
 where tenant_id = %(tenant)s and name = %(collection)s
    on conflict (tenant_id, collection, recogniser_sha256) do update
   set rates = excluded.rates, similarities = excluded.similarities, measured_to = excluded.measured_to,
       people = excluded.people, comparisons = excluded.comparisons, source = excluded.source, created_at = now()
returning c.collection;

-- name: delete_curve
delete from calibration
 where tenant_id = %(tenant)s and collection = %(collection)s and recogniser_sha256 = %(recogniser)s;
