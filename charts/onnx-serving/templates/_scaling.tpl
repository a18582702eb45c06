{{/* Metadata of an object that follows a track. Arguments: `root`, `track`, `wave`, perhaps more `labels`. */}}
{{- define "onnx-serving.trackMetadata" -}}
name: {{ include "onnx-serving.model" .root }}-{{ .track.track }}
namespace: {{ .root.Release.Namespace }}
labels:
  {{- include "onnx-serving.labels" .root | nindent 2 }}
  sluicegate.dev/track: {{ .track.track }}
  {{- with .labels }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
annotations:
  {{- include "onnx-serving.wave" .wave | nindent 2 }}
{{- end -}}

{{/* Metadata of an object of one artifact: named like its Deployment and without a track, so that a canary that
     becomes stable keeps its scaler and its budget. By track, both would target one Deployment until the old
     ones are pruned, which KEDA refuses. Arguments: `root`, `track`. */}}
{{- define "onnx-serving.artifactMetadata" -}}
name: {{ .track.name }}
namespace: {{ .root.Release.Namespace }}
labels:
  {{- include "onnx-serving.labels" .root | nindent 2 }}
  sluicegate.dev/artifact: {{ .track.artifact | quote }}
annotations:
  {{- include "onnx-serving.wave" "1" | nindent 2 }}
{{- end -}}

{{/* Fewest and most pods of a track, and how many while metrics cannot be read, as JSON: `min`, `max`, `fallback`.
     From the first weight above 0 a canary (and a baseline) has the whole of stable's fewest: a route moves as its scaler is
     written, and waits for none of its pods, so those of the next weight must be there before. Only the most is
     a share. Stable alone may be scaled to zero: a canary without a pod is never ready. */}}
{{- define "onnx-serving.bounds" -}}
{{- $scaling := .root.Values.autoscaling -}}
{{- $min := int64 $scaling.minReplicas -}}
{{- $fallback := int64 $scaling.keda.fallback.replicas -}}
{{- if ne .track.track "stable" -}}
{{- $min = ternary 1 (max 1 $min) (eq (int64 .track.share) 0) -}}
{{- end -}}
{{- $max := include "onnx-serving.portion" (dict "of" $scaling.maxReplicas "share" .track.share) | int64 | max $min -}}
{{- toJson (dict "min" $min "max" $max "fallback" (min $fallback $max)) -}}
{{- end -}}

{{- define "onnx-serving.behavior" -}}
scaleDown:
  stabilizationWindowSeconds: {{ int64 .Values.autoscaling.scaleDownStabilizationSeconds }}
{{- end -}}

{{/* Metrics or triggers of a track, with {model}, {track} and {namespace} filled in. Arguments: `root`, `track`, `of`. */}}
{{- define "onnx-serving.filledIn" -}}
{{- toYaml .of | replace "{model}" (include "onnx-serving.model" .root) | replace "{track}" .track.track | replace "{namespace}" .root.Release.Namespace -}}
{{- end -}}
