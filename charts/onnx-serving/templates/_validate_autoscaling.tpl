{{/* autoscaling: at most one scaler for each track. */}}

{{- define "onnx-serving.problems.autoscaling" -}}
{{- include "onnx-serving.problems.autoscaling.otherTriggers" .Values.autoscaling -}}
{{- include "onnx-serving.problems.autoscaling.otherMetrics" .Values.autoscaling -}}
{{- include "onnx-serving.problems.autoscaling.noTriggers" .Values.autoscaling -}}
{{- include "onnx-serving.problems.autoscaling.zero" .Values.autoscaling -}}
{{- include "onnx-serving.problems.autoscaling.bounds" .Values.autoscaling -}}
{{- range include "onnx-serving.tracks" . | fromJsonArray -}}
{{- include "onnx-serving.problems.autoscaling.label" (dict "kind" $.Values.autoscaling.kind "name" .name) -}}
{{- end -}}
{{- include "onnx-serving.problems.autoscaling.kserve" . -}}
{{- end -}}

{{- define "onnx-serving.problems.autoscaling.otherTriggers" -}}
{{- if and .keda.triggers (ne .kind "keda") -}}
{{- include "onnx-serving.problem" (list
      "autoscaling.keda.triggers"
      (printf "are set together with autoscaling.kind %s" .kind)
      "one scaler a track: set autoscaling.kind: keda, or autoscaling.keda.triggers: []") -}}
{{- end -}}
{{- end -}}

{{- define "onnx-serving.problems.autoscaling.otherMetrics" -}}
{{- if and .hpa.metrics (ne .kind "hpa") -}}
{{- include "onnx-serving.problem" (list
      "autoscaling.hpa.metrics"
      (printf "are set together with autoscaling.kind %s" .kind)
      "one scaler a track: set autoscaling.kind: hpa, or autoscaling.hpa.metrics: []") -}}
{{- end -}}
{{- end -}}

{{- define "onnx-serving.problems.autoscaling.noTriggers" -}}
{{- if and (eq .kind "keda") (not .keda.triggers) -}}
{{- include "onnx-serving.problem" (list
      "autoscaling.keda.triggers"
      "are empty with autoscaling.kind keda"
      "give at least one") -}}
{{- end -}}
{{- end -}}

{{- define "onnx-serving.problems.autoscaling.zero" -}}
{{- if and (eq .kind "hpa") (eq (int .minReplicas) 0) -}}
{{- include "onnx-serving.problem" (list
      "autoscaling.minReplicas"
      "is 0 with autoscaling.kind hpa"
      "only keda scales to zero: give 1 or more") -}}
{{- end -}}
{{- end -}}

{{- define "onnx-serving.problems.autoscaling.bounds" -}}
{{- if and (ne .kind "none") (gt (int .minReplicas) (int .maxReplicas)) -}}
{{- include "onnx-serving.problem" (list
      "autoscaling.maxReplicas"
      (printf "is %d, less than autoscaling.minReplicas %d" (int .maxReplicas) (int .minReplicas))
      "raise it") -}}
{{- end -}}
{{- end -}}

{{- define "onnx-serving.problems.autoscaling.label" -}}
{{- if and (eq .kind "keda") (gt (len .name) 63) -}}
{{- include "onnx-serving.problem" (list
      "autoscaling.kind"
      (printf "keda makes a label of the name %s, which has more than 63 characters" .name)
      "shorten metadata.model, or set autoscaling.kind: hpa") -}}
{{- end -}}
{{- end -}}

{{- define "onnx-serving.problems.autoscaling.kserve" -}}
{{- $scaled := or (ne .Values.autoscaling.kind "none") .Values.autoscaling.vpaHint -}}
{{- if and $scaled (eq .Values.engine "kserve") -}}
{{- include "onnx-serving.problem" (list
      "autoscaling.kind"
      "KServe has its own autoscaler"
      "set autoscaling.kind: none and autoscaling.vpaHint: false") -}}
{{- end -}}
{{- end -}}
