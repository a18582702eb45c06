{{- define "gate.name" -}}
{{- .Release.Name | trunc 52 | trimSuffix "-" -}}
{{- end -}}

{{- define "gate.account" -}}
{{- .Values.serviceAccount.name | default (include "gate.name" .) -}}
{{- end -}}

{{- define "gate.selector" -}}
app.kubernetes.io/name: sluice-gate
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end -}}

{{- define "gate.labels" -}}
{{ include "gate.selector" . }}
app.kubernetes.io/managed-by: {{ .Release.Service | quote }}
app.kubernetes.io/part-of: sluicegate
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
{{- end -}}

{{/* The pod: the same for both modes. Arguments: `root`, `args`, `probes`, `restart`. */}}
{{- define "gate.pod" -}}
{{- $values := .root.Values -}}
metadata:
  labels:
    {{- include "gate.selector" .root | nindent 4 }}
    {{- with $values.podLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- with $values.podAnnotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  serviceAccountName: {{ include "gate.account" .root | quote }}
  automountServiceAccountToken: true
  enableServiceLinks: false
  {{- with .restart }}
  restartPolicy: {{ . }}
  {{- end }}
  # A tick that runs is finished: git may take two minutes.
  terminationGracePeriodSeconds: 150
  {{- with $values.imagePullSecrets }}
  imagePullSecrets:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  securityContext:
    runAsNonRoot: true
    runAsUser: {{ int64 $values.security.user }}
    runAsGroup: {{ int64 $values.security.group }}
    fsGroup: {{ int64 $values.security.group }}
    fsGroupChangePolicy: OnRootMismatch
    seccompProfile: {type: RuntimeDefault}
  containers:
    - name: gate
      image: {{ printf "%s@%s" $values.image.repository $values.image.digest | quote }}
      imagePullPolicy: {{ $values.image.pullPolicy }}
      args:
        {{- toYaml .args | nindent 8 }}
      env:
        # Read by the command itself, so that no argument of a process shows the credential.
        - name: SLUICE_REPO
          valueFrom:
            secretKeyRef:
              name: {{ $values.repo.secret.name | quote }}
              key: {{ $values.repo.secret.key | quote }}
        {{- if $values.signingKeySecret.name }}
        - name: SLUICE_SIGNING_KEY
          valueFrom:
            secretKeyRef:
              name: {{ $values.signingKeySecret.name | quote }}
              key: {{ $values.signingKeySecret.key | quote }}
        {{- end }}
        {{- with $values.github }}
        {{- if .repository }}
        - name: SLUICE_GITHUB
          value: {{ .repository | quote }}
        - name: GITHUB_API_URL
          value: {{ .api | quote }}
        {{- if .judges }}
        - name: SLUICE_JUDGES
          value: {{ .judges | quote }}
        {{- end }}
        {{- if .bot }}
        - name: SLUICE_BOT
          value: {{ .bot | quote }}
        {{- end }}
        - name: SLUICE_TOKEN
          valueFrom:
            secretKeyRef:
              name: {{ .tokenSecret.name | quote }}
              key: {{ .tokenSecret.key | quote }}
        {{- end }}
        {{- end }}
        {{- range $name, $key := dict "SLUICE_NOTIFY" $values.notices.cloudevents "SLUICE_NOTIFY_SLACK" $values.notices.slack "SLUICE_NOTIFY_SECRET" $values.notices.signing }}
        {{- if $key }}
        - name: {{ $name }}
          valueFrom:
            secretKeyRef:
              name: {{ $values.notices.secret | quote }}
              key: {{ $key | quote }}
        {{- end }}
        {{- end }}
        - name: SLUICE_ARGOCD_NAMESPACE
          value: {{ $values.argocd.namespace | quote }}
        - name: SLUICE_REFRESH
          value: {{ ternary "1" "0" $values.argocd.refresh | quote }}
        {{- if $values.kubeconfigSecret.name }}
        - name: KUBECONFIG
          value: {{ printf "/var/run/sluicegate/kubeconfig/%s" $values.kubeconfigSecret.key | quote }}
        {{- end }}
      {{- if .probes }}
      ports:
        - {name: metrics, containerPort: {{ int64 $values.metrics.port }}}
      {{- /* A node that is starved of CPU takes minutes to start Python; liveness would kill it again and again. */}}
      startupProbe:
        httpGet: {path: /healthz, port: metrics}
        periodSeconds: 5
        timeoutSeconds: 5
        failureThreshold: 120
      livenessProbe:
        httpGet: {path: /healthz, port: metrics}
        periodSeconds: 30
        timeoutSeconds: 5
        failureThreshold: 3
      readinessProbe:
        httpGet: {path: /healthz, port: metrics}
        periodSeconds: 5
        timeoutSeconds: 5
      {{- end }}
      resources:
        {{- toYaml $values.resources | nindent 8 }}
      securityContext:
        allowPrivilegeEscalation: false
        readOnlyRootFilesystem: true
        runAsNonRoot: true
        privileged: false
        capabilities: {drop: [ALL]}
        seccompProfile: {type: RuntimeDefault}
      volumeMounts:
        - {name: cache, mountPath: /cache}
        - {name: tmp, mountPath: /tmp}
        {{- if $values.kubeconfigSecret.name }}
        - {name: kubeconfig, mountPath: /var/run/sluicegate/kubeconfig, readOnly: true}
        {{- end }}
  volumes:
    - name: cache
      emptyDir: {sizeLimit: {{ $values.cache.sizeLimit }}}
    - name: tmp
      emptyDir: {sizeLimit: {{ $values.tmp.sizeLimit }}}
    {{- if $values.kubeconfigSecret.name }}
    - name: kubeconfig
      secret:
        secretName: {{ $values.kubeconfigSecret.name | quote }}
        items:
          - {key: {{ $values.kubeconfigSecret.key | quote }}, path: {{ $values.kubeconfigSecret.key | quote }}}
    {{- end }}
  {{- with $values.nodeSelector }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $values.tolerations }}
  tolerations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- if or $values.affinity (gt (int $values.replicas) 1) }}
  affinity:
    {{- if $values.affinity }}
    {{- toYaml $values.affinity | nindent 4 }}
    {{- else }}
    podAntiAffinity:
      preferredDuringSchedulingIgnoredDuringExecution:
        - weight: 100
          podAffinityTerm:
            topologyKey: kubernetes.io/hostname
            labelSelector:
              matchLabels:
                {{- include "gate.selector" .root | nindent 16 }}
    {{- end }}
  {{- end }}
  {{- with $values.priorityClassName }}
  priorityClassName: {{ . | quote }}
  {{- end }}
{{- end -}}
