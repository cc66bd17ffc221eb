-- What is done about liveness in every call that is about a collection, at the least.

alter table face.collection
    add column liveness text not null default 'off' check (liveness in ('off', 'report', 'require'));
