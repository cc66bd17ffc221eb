-- name: begin_once
-- No row comes back where the token was here before; whoever sent it first is waited for.
insert into request_token (tenant_id, operation, token, digest)
values (%(tenant)s, %(operation)s, %(token)s, %(digest)s)
    on conflict (tenant_id, operation, token) do nothing
returning token;

-- name: answered_before
select digest, answer
  from request_token
 where tenant_id = %(tenant)s and operation = %(operation)s and token = %(token)s;

-- name: answer_once
update request_token
   set answer = %(answer)s
 where tenant_id = %(tenant)s and operation = %(operation)s and token = %(token)s;

-- name: forget_tokens
delete from request_token where created_at < now() - make_interval(hours => %(hours)s);

-- name: create_user
-- No row comes back where the user is there. Who so far only held faces becomes one; the faces stay nobody's.
insert into member as m (tenant_id, collection, member_id, name, metadata)
values (%(tenant)s, %(collection)s, %(user_id)s, '', '{}')
    on conflict (tenant_id, collection, member_id) do update
   set is_user = true, updated_at = now()
 where not m.is_user
returning m.member_id;

-- name: page_users
-- Longer ids than the protocol knows are left out, as they count in bytes.
select m.member_id as user_id,
       exists (
           select from known_face k
            where k.tenant_id = m.tenant_id and k.collection = m.collection and k.member_id = m.member_id
              and k.associated)::int as faces
  from member m
 where m.tenant_id = %(tenant)s and m.collection = %(collection)s and m.member_id > %(after)s and m.is_user
   and octet_length(m.member_id) <= %(longest)s
 order by m.member_id
 limit %(limit)s;

-- name: lock_user
select member_id
  from member
 where tenant_id = %(tenant)s and collection = %(collection)s and member_id = %(user_id)s and is_user
   for update;

-- name: lock_user_and_holders
-- All at once and in one order, so that two who do so never wait for each other.
select m.member_id, m.is_user
  from member m
 where m.tenant_id = %(tenant)s and m.collection = %(collection)s
   and (m.member_id = %(user_id)s
        or m.member_id in (
           select f.member_id
             from face f
            where f.tenant_id = %(tenant)s and f.collection = %(collection)s
              and f.face_id = any(%(face_ids)s::uuid[])))
 order by m.member_id
   for update;

-- name: user_mean
-- What a user is compared by: the mean of their faces, which `<=>` takes at length one.
select count(*), avg(k.embedding)::text, min(k.recogniser_sha256)
  from known_face k
 where k.tenant_id = %(tenant)s and k.collection = %(collection)s and k.member_id = %(user_id)s and k.associated;

-- name: asked_faces
-- mean: null where the user has no face to be compared with.
select k.face_id::text, case when k.associated then k.member_id else '' end as user_id,
       coalesce(1 - (k.embedding <=> %(mean)s::halfvec), 0) as similarity
  from known_face k
 where k.tenant_id = %(tenant)s and k.collection = %(collection)s and k.face_id = any(%(face_ids)s::uuid[]);

-- name: associate_faces
-- With their twins by another model.
update face f
   set member_id = %(user_id)s, associated = true
  from face moved
 where moved.tenant_id = %(tenant)s and moved.collection = %(collection)s
   and moved.face_id = any(%(face_ids)s::uuid[]) and f.tenant_id = moved.tenant_id
   and f.collection = moved.collection and f.member_id = moved.member_id and f.digest = moved.digest;

-- name: faces_of_user
select k.face_id::text
  from known_face k
 where k.tenant_id = %(tenant)s and k.collection = %(collection)s and k.member_id = %(user_id)s and k.associated
 order by k.face_id;

-- name: homes
-- What the faces would be called by if they were nobody's.
select k.face_id::text, case when k.image_id is null then k.member_id else coalesce(k.external_id, '') end as external_id
  from known_face k
 where k.tenant_id = %(tenant)s and k.collection = %(collection)s and k.face_id = any(%(face_ids)s::uuid[]);

-- name: dissociate_faces
-- Back to their holders, with their twins by another model. One that was enrolled stays with its member, and is from
-- here on as if it had been indexed under the member's id; its digest then leaves room for enrolling the picture again.
update face f
   set member_id = home.holder, associated = false,
       external_id = case when f.image_id is null then f.member_id else f.external_id end,
       digest = case when f.image_id is null then f.digest || '/' || moved.face_id else f.digest end,
       image_id = coalesce(f.image_id, moved.face_id)
  from unnest(%(face_ids)s::uuid[], %(holders)s::text[]) as home (face_id, holder)
  join face moved
    on moved.tenant_id = %(tenant)s and moved.collection = %(collection)s and moved.face_id = home.face_id
 where f.tenant_id = moved.tenant_id and f.collection = moved.collection and f.member_id = moved.member_id
   and f.digest = moved.digest;

-- name: end_user
-- Whoever still holds faces goes on holding them.
update member set is_user = false, updated_at = now()
 where tenant_id = %(tenant)s and collection = %(collection)s and member_id = %(user_id)s;
