-- A collection's faces may be embedded by another model beside those that are searched, until it takes that model.

alter table face.face drop constraint face_tenant_id_collection_model_id_fkey;
alter table face.face add foreign key (tenant_id, model_id) references face.model;
