{{/* What the routes have in common, whatever carries them. */}}

{{/* Header rules, then segment rules, of tracks that have a version, as JSON: `header`, `type`, `value`, `track`.
     A rule of a track without a version is left out: its requests follow the weights. */}}
{{- define "onnx-serving.headerRules" -}}
{{- $here := dict -}}
{{- range include "onnx-serving.tracks" . | fromJsonArray -}}{{- $_ := set $here .track true -}}{{- end -}}
{{- $rules := list -}}
{{- range .Values.route.headers -}}
{{- if hasKey $here .track -}}
{{- $rules = append $rules (dict "header" .name "type" "Exact" "value" .value "track" .track) -}}
{{- end -}}
{{- end -}}
{{- range .Values.route.segments -}}
{{- if hasKey $here .track -}}
{{- $type := ternary "RegularExpression" "Exact" (eq .match "regex") -}}
{{- $rules = append $rules (dict "header" .header "type" $type "value" .value "track" .track) -}}
{{- end -}}
{{- end -}}
{{- toJson $rules -}}
{{- end -}}

{{/* Paths that are routed, as JSON. Without a hostname another model's path must not match; with one, neither
     must Triton's control paths (logging, tracing, shared memory), which a client has no business with. */}}
{{- define "onnx-serving.paths" -}}
{{- $paths := list (dict "type" "PathPrefix" "value" (printf "/v2/models/%s" (include "onnx-serving.model" .))) -}}
{{- if include "onnx-serving.hostnames" . | fromJsonArray -}}
{{- $paths = concat $paths (list (dict "type" "PathPrefix" "value" "/v2/health") (dict "type" "Exact" "value" "/v2")) -}}
{{- end -}}
{{- toJson $paths -}}
{{- end -}}

{{/* The gRPC methods that are routed: those that ask, none that changes the server. */}}
{{- define "onnx-serving.grpcMethods" -}}
{{- $methods := list -}}
{{- range list "ModelInfer" "ModelStreamInfer" "ModelReady" "ModelMetadata" "ServerLive" "ServerReady" "ServerMetadata" -}}
{{- $methods = append $methods (dict "service" "inference.GRPCInferenceService" "method" .) -}}
{{- end -}}
{{- toJson (append $methods (dict "service" "grpc.health.v1.Health" "method" "Check")) -}}
{{- end -}}

{{/* A Gateway API backend. Group, kind and weight are what the API server would fill in: left out, Argo CD
     sees a difference for ever (argo-cd#22151). Arguments: `root`, `track`, `weight`, `port`. */}}
{{- define "onnx-serving.backend" -}}
- group: ""
  kind: Service
  name: {{ include "onnx-serving.model" .root }}-{{ .track }}
  port: {{ .port }}
  weight: {{ int64 .weight }}
{{- end -}}

{{- define "onnx-serving.parent" -}}
- group: gateway.networking.k8s.io
  kind: Gateway
  name: {{ .Values.gateway.name | quote }}
  namespace: {{ .Values.gateway.namespace | quote }}
  {{- with .Values.gateway.sectionName }}
  sectionName: {{ . | quote }}
  {{- end }}
{{- end -}}
