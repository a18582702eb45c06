{{/* What the schema cannot express: one line "PATH: what is wrong; remedy" for each problem, of all sections of
     values.yaml at once. A section has a file _validate_SECTION.tpl, a problem a helper of one condition. */}}

{{- define "onnx-serving.problems" -}}
{{- include "onnx-serving.problems.tracks" . -}}
{{- include "onnx-serving.problems.images" . -}}
{{- include "onnx-serving.problems.artifacts" . -}}
{{- include "onnx-serving.problems.route" . -}}
{{- include "onnx-serving.problems.shadow" . -}}
{{- include "onnx-serving.problems.monitoring" . -}}
{{- include "onnx-serving.problems.autoscaling" . -}}
{{- include "onnx-serving.problems.surge" . -}}
{{- include "onnx-serving.problems.gpu" . -}}
{{- include "onnx-serving.problems.triton" . -}}
{{- include "onnx-serving.problems.pods" . -}}
{{- include "onnx-serving.problems.preview" . -}}
{{- end -}}

{{/* One line of it: argument (list PATH WHAT REMEDY). */}}
{{- define "onnx-serving.problem" -}}
{{- $line := printf "%s: %s; %s" (index . 0) (index . 1) (index . 2) -}}
{{- regexReplaceAll "\\s+" $line " " -}}{{- "\n" -}}
{{- end -}}
