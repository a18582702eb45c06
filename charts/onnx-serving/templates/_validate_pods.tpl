{{/* strategy, termination, extraEnv and spot: how pods are replaced, end, and where they run. */}}

{{- define "onnx-serving.problems.pods" -}}
{{- include "onnx-serving.problems.pods.strategy" .Values.strategy -}}
{{- include "onnx-serving.problems.pods.grace" .Values.termination -}}
{{- range .Values.extraEnv -}}
{{- include "onnx-serving.problems.pods.variable" . -}}
{{- end -}}
{{- $count := dict -}}
{{- range .Values.extraEnv -}}
{{- $_ := set $count .name (add1 (index $count .name | default 0)) -}}
{{- end -}}
{{- range $name, $times := $count -}}
{{- include "onnx-serving.problems.pods.repeated" (dict "name" $name "times" $times) -}}
{{- end -}}
{{- if .Values.spot.enabled -}}
{{- range $key := list "taint" "label" -}}
{{- include "onnx-serving.problems.pods.spot" (dict "key" $key "spot" $.Values.spot) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "onnx-serving.problems.pods.strategy" -}}
{{- $zero := list "0" "0%" -}}
{{- $stuck := and (has (toString .maxSurge) $zero) (has (toString .maxUnavailable) $zero) -}}
{{- if and $stuck (eq .kind "RollingUpdate") -}}
{{- include "onnx-serving.problem" (list
      "strategy.maxSurge"
      "is 0 and strategy.maxUnavailable too, so no pod could be replaced"
      "set one of them, or strategy.kind: Recreate") -}}
{{- end -}}
{{- end -}}

{{- define "onnx-serving.problems.pods.grace" -}}
{{- $least := add .preStopSeconds .drainSeconds 5 -}}
{{- if lt (int .graceSeconds) (int $least) -}}
{{- include "onnx-serving.problem" (list
      "termination.graceSeconds"
      (printf "is %d, and requests would be cut off" (int .graceSeconds))
      (printf "give preStopSeconds + drainSeconds + 5 = %d or more" (int $least))) -}}
{{- end -}}
{{- end -}}

{{- define "onnx-serving.problems.pods.variable" -}}
{{- if and (hasKey . "value") (hasKey . "valueFrom") -}}
{{- include "onnx-serving.problem" (list
      "extraEnv"
      (printf "%s has value and valueFrom" .name)
      "keep one of them") -}}
{{- end -}}
{{- end -}}

{{- define "onnx-serving.problems.pods.repeated" -}}
{{- if gt (int .times) 1 -}}
{{- include "onnx-serving.problem" (list
      "extraEnv"
      (printf "%s is given more than once" .name)
      "keep one of them") -}}
{{- end -}}
{{- end -}}

{{- define "onnx-serving.problems.pods.spot" -}}
{{- if not (index .spot .key).key -}}
{{- include "onnx-serving.problem" (list
      (printf "spot.%s.key" .key)
      "is empty with spot.enabled"
      (printf "give the %s of your cloud's spot nodes" .key)) -}}
{{- end -}}
{{- end -}}
