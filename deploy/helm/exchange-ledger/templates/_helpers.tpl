{{- define "ledger.name" -}}
{{- if contains .Chart.Name .Release.Name }}{{ .Release.Name | trunc 40 | trimSuffix "-" }}
{{- else }}{{ printf "%s-%s" .Release.Name .Chart.Name | trunc 40 | trimSuffix "-" }}{{ end -}}
{{- end }}

{{- define "ledger.selector" -}}
app.kubernetes.io/name: exchange-ledger
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "ledger.labels" -}}
{{ include "ledger.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- define "ledger.image" -}}
{{- if .digest }}{{ .repository }}@{{ .digest }}{{ else }}{{ .repository }}:{{ .tag }}{{ end -}}
{{- end }}

{{/* The server's address, without who connects. */}}
{{- define "ledger.url" -}}
{{- .Values.server.url | default (printf "rediss://%s-valkey:6379/0" (include "ledger.name" .)) -}}
{{- end }}

{{- define "ledger.isEncrypted" -}}
{{- if hasPrefix "rediss" (include "ledger.url" .) }}yes{{ end -}}
{{- end }}

{{/* Hosts and ports of the address, comma-separated. */}}
{{- define "ledger.hosts" -}}
{{- $rest := regexReplaceAll "^[a-z+]+://([^@/]*@)?" (include "ledger.url" .) "" -}}
{{- index (splitList "/" (index (splitList "?" $rest) 0)) 0 -}}
{{- end }}

{{/* The parts that run, apart from the server: space-separated. */}}
{{- define "ledger.parts" -}}
ingest reconciliation projection api
{{- if .Values.drafting.enabled }} drafting{{ end }}
{{- if .Values.editing.enabled }} editing{{ end }}
{{- if .Values.webhooks.enabled }} webhooks{{ end }}
{{- if .Values.releasing.enabled }} releasing{{ end }}
{{- end }}

{{/* Whether a name stands for several ledgers. */}}
{{- define "ledger.hasPattern" -}}
{{- if regexMatch "[*?[]" (join "" .Values.ledgers.names) }}yes{{ end -}}
{{- end }}

{{/* Whether workers share the ledgers out. */}}
{{- define "ledger.isShared" -}}
{{- if kindIs "bool" .Values.ledgers.leases }}{{ if .Values.ledgers.leases }}yes{{ end }}
{{- else }}{{ include "ledger.hasPattern" . }}{{ end -}}
{{- end }}

{{- define "ledger.podSecurity" -}}
runAsNonRoot: true
runAsUser: {{ . }}
runAsGroup: {{ . }}
fsGroup: {{ . }}
fsGroupChangePolicy: OnRootMismatch
seccompProfile: {type: RuntimeDefault}
{{- end }}

{{- define "ledger.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
runAsNonRoot: true
capabilities: {drop: [ALL]}
{{- end }}

{{/* Where pods of a part may run: [root, part]. */}}
{{- define "ledger.placing" -}}
{{- $root := index . 0 }}{{ $part := index . 1 -}}
topologySpreadConstraints:
{{- range $root.Values.topologyKeys }}
  - maxSkew: 1
    topologyKey: {{ . }}
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels:
        {{- include "ledger.selector" $root | nindent 8 }}
        app.kubernetes.io/component: {{ $part }}
{{- end }}
{{- with $root.Values.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $root.Values.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $root.Values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with $root.Values.imagePullSecrets }}
imagePullSecrets: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* What a part's container is told, and what it sees: [root, part, values with its resources]. */}}
{{- define "ledger.container" -}}
{{- $root := index . 0 }}{{ $part := index . 1 }}{{ $values := index . 2 -}}
image: {{ include "ledger.image" (merge (dict "tag" ($root.Values.image.tag | default $root.Chart.AppVersion)) $root.Values.image) }}
imagePullPolicy: {{ $root.Values.image.pullPolicy }}
securityContext: {{- include "ledger.containerSecurity" $root | nindent 2 }}
resources: {{- toYaml $values.resources | nindent 2 }}
envFrom:
  - configMapRef: {name: {{ include "ledger.name" $root }}-settings}
env:
  - {name: LEDGER_REDIS_USER, value: {{ $part }}}
  - {name: LEDGER_REDIS_PASSWORD_FILE, value: /etc/exchange-ledger/secrets/password}
volumeMounts:
  - {name: secrets, mountPath: /etc/exchange-ledger/secrets, readOnly: true}
  - {name: data, mountPath: /var/lib/exchange-ledger}
  - {name: tmp, mountPath: /tmp}
  {{- if $root.Values.sealed.enabled }}
  - {name: sealed, mountPath: /var/lib/exchange-ledger-sealed}
  {{- end }}
  {{- if and $root.Values.releasing.enabled (has $part (list "releasing" "api" "editing")) }}
  - {name: releases, mountPath: /var/lib/exchange-ledger-releases{{ if ne $part "releasing" }}, readOnly: true{{ end }}}
  {{- end }}
  {{- if $root.Values.ledgers.files }}
  - {name: ledgers, mountPath: /etc/exchange-ledger/ledgers, readOnly: true}
  {{- end }}
{{- end }}

{{- define "ledger.volumes" -}}
{{- $root := index . 0 }}{{ $part := index . 1 -}}
- name: secrets
  secret:
    secretName: {{ $root.Values.secretName }}
    defaultMode: 0440
    items:
      - {key: {{ $part }}.password, path: password}
      {{- if include "ledger.isEncrypted" $root }}
      - {key: ca.crt, path: ca.crt}
      {{- end }}
      {{- if $root.Values.server.clientCertificate }}
      - {key: client.crt, path: client.crt}
      - {key: client.key, path: client.key}
      {{- end }}
      {{- if $root.Values.server.sentinelUser }}
      - {key: sentinel.password, path: sentinel.password}
      {{- end }}
- name: data
  emptyDir: {sizeLimit: {{ $root.Values.snapshots.sizeLimit }}}
- name: tmp
  emptyDir: {sizeLimit: 256Mi}
{{- if $root.Values.sealed.enabled }}
- name: sealed
  persistentVolumeClaim:
    claimName: {{ $root.Values.sealed.existingClaim | default (printf "%s-sealed" (include "ledger.name" $root)) }}
{{- end }}
{{- if and $root.Values.releasing.enabled (has $part (list "releasing" "api" "editing")) }}
- name: releases
  persistentVolumeClaim:
    claimName: {{ $root.Values.releasing.existingClaim | default (printf "%s-releases" (include "ledger.name" $root)) }}
{{- end }}
{{- if $root.Values.ledgers.files }}
- name: ledgers
  configMap: {name: {{ include "ledger.name" $root }}-ledgers}
{{- end }}
{{- end }}
