-- name: list_webhook_secrets
select tenant_id, webhook_id, secret from webhook for update;

-- name: reseal_webhook
update webhook set secret = %(secret)s where tenant_id = %(tenant)s and webhook_id = %(id)s;
