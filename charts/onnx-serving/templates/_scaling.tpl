{{/* Metadata of an object of a track. Arguments: `root`, `track`, `wave`, perhaps more `labels`. */}}
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

{{/* Fewest pods of a track. Only stable may be scaled to zero: a canary without a pod is never ready. */}}
{{- define "onnx-serving.minReplicas" -}}
{{- $min := int64 .root.Values.autoscaling.minReplicas -}}
{{- if and (eq .track.track "stable") (eq $min 0) -}}0{{- else -}}
{{- include "onnx-serving.portion" (dict "of" $min "share" .track.share) -}}
{{- end -}}
{{- end -}}

{{- define "onnx-serving.behavior" -}}
scaleDown:
  stabilizationWindowSeconds: {{ int64 .Values.autoscaling.scaleDownStabilizationSeconds }}
{{- end -}}

{{/* Metrics or triggers of a track, with {model}, {track} and {namespace} filled in. Arguments: `root`, `track`, `of`. */}}
{{- define "onnx-serving.filledIn" -}}
{{- toYaml .of | replace "{model}" (include "onnx-serving.model" .root) | replace "{track}" .track.track | replace "{namespace}" .root.Release.Namespace -}}
{{- end -}}
