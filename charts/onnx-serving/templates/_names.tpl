{{/* What every object is called and labelled. */}}

{{/* The model's name; validated in _validate_tracks.tpl. */}}
{{- define "onnx-serving.model" -}}
{{- (.Values.metadata).model | default "" -}}
{{- end -}}

{{/* Labels of every object. */}}
{{- define "onnx-serving.labels" -}}
app.kubernetes.io/name: onnx-serving
app.kubernetes.io/instance: {{ include "onnx-serving.model" . | default .Release.Name | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service | quote }}
{{- with include "onnx-serving.model" . }}
sluicegate.dev/model: {{ . | quote }}
{{- end }}
{{- with (.Values.metadata).environment }}
sluicegate.dev/environment: {{ . | quote }}
{{- end }}
{{- with .Values.extraLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* The pods of one artifact: arguments `root`, `track`. No track in it, so that a canary becomes stable without a new pod. */}}
{{- define "onnx-serving.selector" -}}
app.kubernetes.io/name: onnx-serving
sluicegate.dev/model: {{ include "onnx-serving.model" .root | quote }}
sluicegate.dev/artifact: {{ .track.artifact | quote }}
{{- end -}}

{{/* Which bytes: annotations of Deployments, pods and track Services. */}}
{{- define "onnx-serving.origin" -}}
sluicegate.dev/digest: {{ .digest | quote }}
sluicegate.dev/revision: {{ .revision | quote }}
{{- end -}}

{{/* Order in which Argo CD applies: -1 what pods cannot start without, 0 pods, 1 what leads to them. Within a wave it
     applies by kind, a NetworkPolicy before Deployments and a Service before routes; each wave more is one more
     round of comparing before a weight is in effect, and one more thing that can keep a rollback from its route. */}}
{{- define "onnx-serving.wave" -}}
argocd.argoproj.io/sync-wave: {{ . | quote }}
{{- end -}}

{{/* An image by digest: its key below `images`. */}}
{{- define "onnx-serving.image" -}}
{{- $image := index .root.Values.images .name -}}
{{- printf "%s@%s" $image.repository $image.digest -}}
{{- end -}}

{{/* The key below `images` of the image that has `onnx-server fetch`. */}}
{{- define "onnx-serving.fetchImage" -}}
{{- if .Values.images.fetch.repository -}}fetch{{- else -}}ort{{- end -}}
{{- end -}}

{{/* The hostnames of the HTTP route, one a line; none means every hostname. Those that are written out belong to
     the environment whose values a preview takes: a preview has that of `route.domain` alone. */}}
{{- define "onnx-serving.hostnames" -}}
{{- $hosts := ternary list .Values.route.hostnames .Values.preview.enabled -}}
{{- with .Values.route.domain -}}
{{- $hosts = append $hosts (printf "%s.%s.%s" $.Values.metadata.model $.Values.metadata.environment .) -}}
{{- end -}}
{{- $hosts | uniq | toJson -}}
{{- end -}}

{{/* Those of the gRPC route: others, because one listener refuses an HTTPRoute and a GRPCRoute of one hostname. */}}
{{- define "onnx-serving.grpcHostnames" -}}
{{- $hosts := ternary list .Values.route.grpc.hostnames .Values.preview.enabled -}}
{{- with .Values.route.domain -}}
{{- $hosts = append $hosts (printf "%s-grpc.%s.%s" $.Values.metadata.model $.Values.metadata.environment .) -}}
{{- end -}}
{{- $hosts | uniq | toJson -}}
{{- end -}}
