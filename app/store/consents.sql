-- name: has_collection
select true from collection where tenant_id = %(tenant)s and name = %(collection)s;

-- name: has_member
select true from member where tenant_id = %(tenant)s and collection = %(collection)s and member_id = %(member_id)s;

-- name: make_member
insert into member (tenant_id, collection, member_id, name, metadata)
values (%(tenant)s, %(collection)s, %(member_id)s, '', '{}')
    on conflict (tenant_id, collection, member_id) do nothing;

-- name: give
-- The one that is there already is returned, withdrawn or not. A caller's clock may be a little ahead of ours.
insert into consent as c (tenant_id, collection, member_id, basis, purpose, given_at, expires_at, evidence)
values (%(tenant)s, %(collection)s, %(member_id)s, %(basis)s, %(purpose)s, least(%(given_at)s, now()), %(expires_at)s,
        %(evidence)s)
    on conflict (tenant_id, collection, member_id, basis, purpose, given_at) do update set basis = c.basis
returning c.consent_id::text, c.basis, c.purpose, c.given_at, c.expires_at, c.evidence, c.withdrawn_at, c.created_at,
          face.is_valid(c) as is_valid;

-- name: page_consents
-- Newest first.
select c.consent_id::text, c.basis, c.purpose, c.given_at, c.expires_at, c.evidence, c.withdrawn_at, c.created_at,
       face.is_valid(c) as is_valid
  from consent c
 where c.tenant_id = %(tenant)s and c.collection = %(collection)s and c.member_id = %(member_id)s
   and (c.created_at, c.consent_id) < (%(before_time)s::timestamptz, %(before)s::uuid)
 order by c.created_at desc, c.consent_id desc
 limit %(limit)s;

-- name: lock_members
-- In order, so that two who lock the same ones do not wait for each other.
select member_id
  from member
 where tenant_id = %(tenant)s and collection = %(collection)s and member_id = any(%(members)s::text[])
 order by member_id
   for no key update;

-- name: withdraw
-- A time that stands there stays.
update consent as c
   set withdrawn_at = coalesce(c.withdrawn_at, now())
 where c.tenant_id = %(tenant)s and c.consent_id = %(consent_id)s and c.collection = %(collection)s
   and c.member_id = %(member_id)s
returning c.consent_id::text, c.basis, c.purpose, c.given_at, c.expires_at, c.evidence, c.withdrawn_at, c.created_at,
          face.is_valid(c) as is_valid;

-- name: has_valid
select true
  from consent c
 where c.tenant_id = %(tenant)s and c.collection = %(collection)s and c.member_id = %(member_id)s and face.is_valid(c)
 limit 1;

-- name: drop_faces
-- And what came of them: in whose photos they were found.
with matched as (
    delete from face_match
     where tenant_id = %(tenant)s and collection = %(collection)s and client_id = any(%(members)s)
)
delete from face
 where tenant_id = %(tenant)s and collection = %(collection)s and member_id = any(%(members)s)
returning face_id;
