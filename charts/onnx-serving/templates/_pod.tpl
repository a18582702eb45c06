{{/* What the pods of the servers, of prepull and of the test have in common. Argument: the root. */}}
{{- define "onnx-serving.podCommon" -}}
automountServiceAccountToken: false
enableServiceLinks: false
{{- with .Values.serviceAccountName }}
serviceAccountName: {{ . | quote }}
{{- end }}
{{- with .Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
securityContext:
  runAsNonRoot: true
  runAsUser: {{ int64 .Values.security.user }}
  runAsGroup: {{ int64 .Values.security.group }}
  fsGroup: {{ int64 .Values.security.group }}
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile: {type: RuntimeDefault}
{{- end -}}

{{- define "onnx-serving.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
runAsNonRoot: true
privileged: false
capabilities: {drop: [ALL]}
seccompProfile: {type: RuntimeDefault}
{{- end -}}

{{/* Where the pods may run. Arguments: `root`, `track`. */}}
{{- define "onnx-serving.placement" -}}
{{- $values := .root.Values -}}
{{- with $values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- $tolerations := $values.tolerations -}}
{{- if and (ne $values.gpu.kind "none") $values.gpu.toleration -}}
{{- $tolerations = append $tolerations (dict "key" $values.gpu.toleration "operator" "Exists" "effect" "NoSchedule") -}}
{{- end -}}
{{- if $values.spot.enabled -}}
{{- $tolerations = append $tolerations (dict "key" $values.spot.taint.key "operator" "Equal" "value" $values.spot.taint.value "effect" $values.spot.taint.effect) -}}
{{- end -}}
{{- with $tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- $affinity := deepCopy $values.affinity -}}
{{- if $values.spot.enabled -}}
{{- $wanted := dict "weight" 100 "preference" (dict "matchExpressions" (list (dict "key" $values.spot.label.key "operator" "In" "values" (list $values.spot.label.value)))) -}}
{{- $node := index $affinity "nodeAffinity" | default dict -}}
{{- $preferred := index $node "preferredDuringSchedulingIgnoredDuringExecution" | default list -}}
{{- $_ := set $node "preferredDuringSchedulingIgnoredDuringExecution" (append $preferred $wanted) -}}
{{- $_ := set $affinity "nodeAffinity" $node -}}
{{- end -}}
{{- with $affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $values.priorityClassName }}
priorityClassName: {{ . | quote }}
{{- end }}
{{- with $values.runtimeClassName }}
runtimeClassName: {{ . | quote }}
{{- end }}
{{- end -}}

{{- define "onnx-serving.spread" -}}
{{- $spread := .root.Values.topologySpread -}}
{{- if $spread.enabled -}}
topologySpreadConstraints:
  {{- range $spread.topologyKeys }}
  - topologyKey: {{ . | quote }}
    maxSkew: {{ int64 $spread.maxSkew }}
    whenUnsatisfiable: {{ $spread.whenUnsatisfiable }}
    labelSelector:
      matchLabels:
        {{- include "onnx-serving.selector" $ | nindent 8 }}
  {{- end }}
{{- end }}
{{- end -}}

{{/* The container that fetches and checks the artifact. Arguments: `root`, `track`, `into`. */}}
{{- define "onnx-serving.fetch" -}}
{{- $values := .root.Values -}}
{{- $artifacts := $values.artifacts -}}
{{- $image := include "onnx-serving.fetchImage" .root -}}
- name: fetch
  image: {{ include "onnx-serving.image" (dict "root" .root "name" $image) | quote }}
  imagePullPolicy: {{ (index $values.images $image).pullPolicy }}
  command: [onnx-server, fetch]
  args:
    - --url={{ $artifacts.url }}
    - --revision={{ .track.revision }}
    - --model={{ include "onnx-serving.model" .root }}
    - --version={{ .track.version }}
    - --digest={{ .track.digest }}
    - --layout={{ ternary "ort" "triton" (eq $values.engine "ort") }}
    - --into={{ .into }}
    {{- if or $artifacts.cache.hostPath $artifacts.imageVolume.enabled }}
    - --cache=/cache
    {{- end }}
    {{- if $artifacts.cache.hostPath }}
    - --cache-max-bytes={{ int64 $artifacts.cache.maxBytes }}
    {{- end }}
    {{- if $artifacts.tokenSecret.name }}
    - --token-file=/var/run/sluicegate/token/{{ $artifacts.tokenSecret.key }}
    {{- end }}
    {{- with $artifacts.oci.repository }}
    - --oci={{ . }}
    {{- end }}
    {{- if and $artifacts.oci.repository $artifacts.oci.tokenSecret.name }}
    - --oci-token-file=/var/run/sluicegate/oci-token/{{ $artifacts.oci.tokenSecret.key }}
    {{- end }}
    {{- range $artifacts.redirectHosts }}
    - --redirect-host={{ . }}
    {{- end }}
    - --retry-seconds={{ int64 $artifacts.retrySeconds }}
    - --deadline-seconds={{ int64 $artifacts.deadlineSeconds }}
    {{- if ne $values.engine "ort" }}
    - --instances={{ int64 $values.triton.instances }}
    - --instance-kind={{ $values.triton.instanceKind }}
    - --warmup={{ int64 $values.warmup.requests }}
    - --queue-delay-us={{ int64 $values.triton.queueDelayMicroseconds }}
    {{- include "onnx-serving.arena" .root | nindent 4 }}
    {{- end }}
  resources:
    {{- toYaml $artifacts.resources | nindent 4 }}
  securityContext:
    {{- include "onnx-serving.containerSecurity" .root | nindent 4 }}
  volumeMounts:
    - {name: models, mountPath: {{ .into }}}
    - {name: tmp, mountPath: /tmp}
    {{- if or $artifacts.cache.hostPath $artifacts.imageVolume.enabled }}
    - {name: cache, mountPath: /cache{{ if $artifacts.imageVolume.enabled }}, readOnly: true{{ end }}}
    {{- end }}
    {{- if $artifacts.tokenSecret.name }}
    - {name: token, mountPath: /var/run/sluicegate/token, readOnly: true}
    {{- end }}
    {{- if and $artifacts.oci.repository $artifacts.oci.tokenSecret.name }}
    - {name: oci-token, mountPath: /var/run/sluicegate/oci-token, readOnly: true}
    {{- end }}
{{- end -}}

{{/* The volumes of that container, and of the server. Arguments: `root`, `track`. */}}
{{- define "onnx-serving.volumes" -}}
{{- $artifacts := .root.Values.artifacts -}}
- name: models
  emptyDir: {sizeLimit: {{ $artifacts.sizeLimit | quote }}}
- name: tmp
  emptyDir: {sizeLimit: {{ .root.Values.tmpSizeLimit | quote }}}
{{- if $artifacts.cache.hostPath }}
- name: cache
  hostPath: {path: {{ $artifacts.cache.hostPath | quote }}, type: Directory}
{{- else if $artifacts.imageVolume.enabled }}
- name: cache
  image:
    reference: {{ printf "%s@%s" $artifacts.imageVolume.repository (index $artifacts.imageVolume.digests .track.digest) | quote }}
    pullPolicy: {{ $artifacts.imageVolume.pullPolicy }}
{{- end }}
{{- with $artifacts.tokenSecret }}
{{- if .name }}
- name: token
  secret: {secretName: {{ .name | quote }}, defaultMode: 0440, items: [{key: {{ .key | quote }}, path: {{ .key | quote }}}]}
{{- end }}
{{- end }}
{{- if $artifacts.oci.repository }}
{{- with $artifacts.oci.tokenSecret }}
{{- if .name }}
- name: oci-token
  secret: {secretName: {{ .name | quote }}, defaultMode: 0440, items: [{key: {{ .key | quote }}, path: {{ .key | quote }}}]}
{{- end }}
{{- end }}
{{- end }}
{{- end -}}

{{/* The strictest Pod Security Standard that the pods meet. A hostPath is allowed by none but privileged; KServe
     and Knative add containers of their own, and not every version of `restricted` knows image volumes. */}}
{{- define "onnx-serving.podSecurity" -}}
{{- if .Values.artifacts.cache.hostPath -}}privileged
{{- else if or (eq .Values.engine "kserve") .Values.artifacts.imageVolume.enabled -}}baseline
{{- else -}}restricted{{- end -}}
{{- end -}}
