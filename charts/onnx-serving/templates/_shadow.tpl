{{/* Shadow traffic: where requests are copied, and what compares both tracks' answers. */}}

{{/* The canary, as JSON, where its answers are compared with stable's; else nothing. */}}
{{- define "onnx-serving.shadowed" -}}
{{- $tracks := dict -}}
{{- range include "onnx-serving.tracks" . | fromJsonArray -}}{{- $_ := set $tracks .track . -}}{{- end -}}
{{- if and (ne .Values.shadow.mirror "none") $tracks.stable $tracks.canary -}}
{{- if lt (int64 $tracks.canary.weight) 100 -}}{{- toJson $tracks.canary -}}{{- end -}}
{{- end -}}
{{- end -}}

{{/* The filter of a Gateway API rule. Without a percentage all requests are copied. */}}
{{- define "onnx-serving.requestMirror" -}}
{{- $percent := int64 .Values.shadow.percent -}}
filters:
  - type: RequestMirror
    requestMirror:
      backendRef: {group: "", kind: Service, name: {{ include "onnx-serving.model" . }}-shadow, port: 8080}
      {{- if lt $percent 100 }}
      percent: {{ $percent }}
      {{- end }}
{{- end -}}

{{- define "onnx-serving.shadowLabels" -}}
app.kubernetes.io/name: onnx-serving
sluicegate.dev/model: {{ include "onnx-serving.model" . | quote }}
sluicegate.dev/role: shadow
{{- end -}}
