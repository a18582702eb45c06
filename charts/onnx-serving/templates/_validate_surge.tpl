{{/* surge: pods by weight, which a scaler would undo. */}}

{{- define "onnx-serving.problems.surge" -}}
{{- if .Values.surge.enabled -}}
{{- include "onnx-serving.problems.surge.scaler" .Values.autoscaling -}}
{{- include "onnx-serving.problems.surge.kserve" . -}}
{{- include "onnx-serving.problems.surge.baseline" . -}}
{{- end -}}
{{- end -}}

{{- define "onnx-serving.problems.surge.scaler" -}}
{{- if ne .kind "none" -}}
{{- include "onnx-serving.problem" (list
      "surge.enabled"
      (printf "is true with autoscaling.kind %s, which sets the pods by itself" .kind)
      "set surge.enabled: false, or autoscaling.kind: none") -}}
{{- end -}}
{{- end -}}

{{- define "onnx-serving.problems.surge.kserve" -}}
{{- if eq .Values.engine "kserve" -}}
{{- include "onnx-serving.problem" (list
      "surge.enabled"
      "is true with engine kserve, which has one number of pods for both tracks"
      "set surge.enabled: false, or another engine") -}}
{{- end -}}
{{- end -}}

{{- define "onnx-serving.problems.surge.baseline" -}}
{{- if and (.Values.tracks | default dict).baseline (lt (int64 .Values.surge.maxExtra) 2) -}}
{{- include "onnx-serving.problem" (list
      "surge.maxExtra"
      "is 1 beside a baseline, which would take a pod from stable before it takes its traffic"
      "set surge.maxExtra: 2, or rollout.baseline: false") -}}
{{- end -}}
{{- end -}}
