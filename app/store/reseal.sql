-- name: list_webhook_secrets
select tenant_id, webhook_id, secret from webhook for update;

-- name: reseal_webhook
update webhook set secret = %(secret)s where tenant_id = %(tenant)s and webhook_id = %(id)s;

-- name: list_access_key_secrets
select tenant_id, access_key_id, secret from access_key for update;

-- name: reseal_access_key
update access_key set secret = %(secret)s where tenant_id = %(tenant)s and access_key_id = %(id)s;

-- name: list_audit_keys
select tenant_id, '' as id, secret from audit_key for update;

-- name: reseal_audit_key
update audit_key set secret = %(secret)s where tenant_id = %(tenant)s and %(id)s = '';
