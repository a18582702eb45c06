{{/* images: the engine's and the one that fetches artifacts, where anything is served. */}}

{{- define "onnx-serving.problems.images" -}}
{{- if include "onnx-serving.tracks" . | fromJsonArray -}}
{{- $engine := ternary "ort" "triton" (eq .Values.engine "ort") -}}
{{- $reasons := dict (include "onnx-serving.fetchImage" .) "fetching artifacts" -}}
{{- $_ := set $reasons $engine (printf "engine %s" .Values.engine) -}}
{{- range $name, $reason := $reasons -}}
{{- $arguments := dict "name" $name "reason" $reason "image" (index $.Values.images $name) -}}
{{- include "onnx-serving.problems.images.repository" $arguments -}}
{{- include "onnx-serving.problems.images.digest" $arguments -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "onnx-serving.problems.images.repository" -}}
{{- if not .image.repository -}}
{{- include "onnx-serving.problem" (list
      (printf "images.%s.repository" .name)
      (printf "is empty, and %s needs it" .reason)
      "name the image's repository in environments/ENVIRONMENT/values.yaml") -}}
{{- end -}}
{{- end -}}

{{- define "onnx-serving.problems.images.digest" -}}
{{- if not .image.digest -}}
{{- include "onnx-serving.problem" (list
      (printf "images.%s.digest" .name)
      (printf "is empty, and %s needs it" .reason)
      "give \"sha256:<64 hex digits>\" of the image") -}}
{{- end -}}
{{- end -}}
