{{/* What differs between the engines that run in our own Deployments: ort and triton. */}}

{{/* Requests and limits of the server, its share of a GPU included. */}}
{{- define "onnx-serving.resources" -}}
{{- $resources := deepCopy .Values.resources -}}
{{- $gpu := include "onnx-serving.gpuResource" . -}}
{{- if $gpu -}}
{{- $limits := merge (dict $gpu (int64 .Values.gpu.count)) (index $resources "limits" | default dict) -}}
{{- $_ := set $resources "limits" $limits -}}
{{- end -}}
{{- if eq .Values.gpu.kind "dra" -}}
{{- $_ := set $resources "claims" (list (dict "name" "gpu")) -}}
{{- end -}}
{{- toYaml $resources -}}
{{- end -}}

{{/* The extended resource of the device plugin; empty without a GPU, and with DRA. */}}
{{- define "onnx-serving.gpuResource" -}}
{{- $gpu := .Values.gpu -}}
{{- if eq $gpu.kind "whole" -}}{{- $gpu.resource -}}
{{- else if eq $gpu.kind "mig" -}}{{- printf "%s/mig-%s" (dir $gpu.resource) $gpu.migProfile -}}
{{- else if has $gpu.kind (list "time-slicing" "mps") -}}{{- $gpu.sharedResource -}}
{{- end -}}
{{- end -}}

{{/* Name of the ResourceClaimTemplate: its spec cannot be changed, so a changed one has another name. */}}
{{- define "onnx-serving.claimName" -}}
{{- $spec := toJson (dict "dra" .Values.gpu.dra "count" (int64 .Values.gpu.count)) -}}
{{- printf "%s-gpu-%s" (include "onnx-serving.model" .) (sha256sum $spec | trunc 8) -}}
{{- end -}}

{{/* Ports of the server's container by engine. */}}
{{- define "onnx-serving.ports" -}}
{{- if eq .Values.engine "ort" -}}
- {name: http, containerPort: 8080, protocol: TCP}
{{- else -}}
- {name: http, containerPort: 8000, protocol: TCP}
- {name: grpc, containerPort: 8001, protocol: TCP}
- {name: metrics, containerPort: 8002, protocol: TCP}
{{- end -}}
{{- end -}}

{{/* onnxruntime's memory on the GPU, for our server as for the config.pbtxt that Triton reads. */}}
{{- define "onnx-serving.arena" -}}
{{- with .Values.gpu.memLimitBytes }}
- --gpu-mem-limit={{ int64 . }}
{{- end }}
{{- with .Values.gpu.arenaExtendStrategy }}
- --arena-extend-strategy={{ . }}
{{- end }}
{{- end -}}

{{- define "onnx-serving.server" -}}
{{- $values := .Values -}}
{{- $model := include "onnx-serving.model" . -}}
- name: server
  image: {{ include "onnx-serving.image" (dict "root" . "name" $values.engine) | quote }}
  imagePullPolicy: {{ (index $values.images $values.engine).pullPolicy }}
  {{- if eq $values.engine "ort" }}
  command: [onnx-server]
  args:
    - --config=/models/server.json
    - --host=0.0.0.0
    - --port=8080
    - --threads={{ int64 $values.ort.threads }}
    - --warmup={{ int64 $values.warmup.requests }}
    - --max-body-bytes={{ int64 $values.ort.maxBodyBytes }}
    - --finish-seconds={{ int64 $values.termination.drainSeconds }}
    - --provider={{ ternary "cpu" "cuda" (eq $values.gpu.kind "none") }}
    {{- include "onnx-serving.arena" . | nindent 4 }}
  {{- else }}
  command: [tritonserver]
  args:
    {{- include "onnx-serving.tritonArgs" . | nindent 4 }}
  {{- end }}
  {{- with $values.extraEnv }}
  env:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  ports:
    {{- include "onnx-serving.ports" . | nindent 4 }}
  resources:
    {{- include "onnx-serving.resources" . | nindent 4 }}
  securityContext:
    {{- include "onnx-serving.containerSecurity" . | nindent 4 }}
  volumeMounts:
    - {name: models, mountPath: /models, readOnly: true}
    - {name: tmp, mountPath: /tmp}
    {{- if eq $values.engine "triton" }}
    - {name: shm, mountPath: /dev/shm}
    {{- end }}
  {{- range $probe, $path := dict "startupProbe" (printf "/v2/models/%s/ready" $model) "readinessProbe" (printf "/v2/models/%s/ready" $model) "livenessProbe" "/v2/health/live" }}
  {{- $set := index $values.probes (trimSuffix "Probe" $probe) }}
  {{ $probe }}:
    httpGet: {path: {{ $path | quote }}, port: http, scheme: HTTP}
    periodSeconds: {{ int64 $set.periodSeconds }}
    timeoutSeconds: {{ int64 $set.timeoutSeconds }}
    failureThreshold: {{ int64 $set.failureThreshold }}
    successThreshold: 1
  {{- end }}
  lifecycle:
    preStop:
      sleep: {seconds: {{ int64 $values.termination.preStopSeconds }}}
{{- end -}}

{{- define "onnx-serving.tritonArgs" -}}
- --model-repository=/models
- --model-control-mode=none
- --strict-readiness=true
- --exit-on-error=true
- --http-port=8000
- --grpc-port=8001
- --allow-metrics=true
- --metrics-port=8002
- --exit-timeout-secs={{ int64 .Values.termination.drainSeconds }}
{{- range .Values.triton.extraArgs }}
- {{ . | quote }}
{{- end }}
{{- end -}}
