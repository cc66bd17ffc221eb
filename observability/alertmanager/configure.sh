#!/bin/sh
# Write Alertmanager's configuration to the file named, for those receivers that the environment has.
#   ALERT_WEBHOOK_URL     told by a POST, firing and resolved
#   ALERT_SNS_TOPIC_ARN   told in words, in ALERT_SNS_REGION; credentials as AWS's tools find them
#   ALERT_SNS_API_URL     an SNS other than AWS's
# Without any, alerts stand in Alertmanager's own page and nobody is told.
set -eu
{
    cat <<'YAML'
route:
  receiver: operator
  group_by: [alertname]
  group_wait: 10s
  group_interval: 1m
  repeat_interval: 4h
# While the service is down, what it fails to do is no news.
inhibit_rules:
  - source_matchers: [alertname = FaceServiceDown]
    target_matchers: ['alertname =~ "Face(Errors|Slow|WorkerDown|SourceFails)"']
receivers:
  - name: operator
YAML
    if [ -n "${ALERT_WEBHOOK_URL:-}" ]; then
        printf '    webhook_configs:\n      - {url: "%s", send_resolved: true}\n' "$ALERT_WEBHOOK_URL"
    fi
    if [ -n "${ALERT_SNS_TOPIC_ARN:-}" ]; then
        printf '    sns_configs:\n      - topic_arn: "%s"\n        send_resolved: true\n' "$ALERT_SNS_TOPIC_ARN"
        printf '        sigv4: {region: "%s"}\n' "${ALERT_SNS_REGION:-us-east-1}"
        if [ -n "${ALERT_SNS_API_URL:-}" ]; then printf '        api_url: "%s"\n' "$ALERT_SNS_API_URL"; fi
    fi
} > "$1"
