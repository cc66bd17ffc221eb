-- name: put_model
insert into model (tenant_id, name, recogniser_sha256, dimensions, licence, commercial)
values (%(tenant)s, %(model)s, %(recogniser)s, %(dimensions)s, %(licence)s, %(commercial)s)
    on conflict (tenant_id, recogniser_sha256) do nothing;

-- name: find_model
select model_id from model where tenant_id = %(tenant)s and recogniser_sha256 = %(recogniser)s;
