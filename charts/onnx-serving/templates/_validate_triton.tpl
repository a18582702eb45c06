{{/* triton: where its instances run. KServe runs Triton too. */}}

{{- define "onnx-serving.problems.triton" -}}
{{- if ne .Values.engine "ort" -}}
{{- include "onnx-serving.problems.triton.noGpu" . -}}
{{- include "onnx-serving.problems.triton.unusedGpu" . -}}
{{- end -}}
{{- end -}}

{{- define "onnx-serving.problems.triton.noGpu" -}}
{{- if and (eq .Values.triton.instanceKind "gpu") (eq .Values.gpu.kind "none") -}}
{{- include "onnx-serving.problem" (list
      "triton.instanceKind"
      "is gpu with gpu.kind none, so the pods would get no GPU"
      "set gpu.kind, or triton.instanceKind: auto") -}}
{{- end -}}
{{- end -}}

{{- define "onnx-serving.problems.triton.unusedGpu" -}}
{{- if and (eq .Values.triton.instanceKind "cpu") (ne .Values.gpu.kind "none") -}}
{{- include "onnx-serving.problem" (list
      "triton.instanceKind"
      (printf "is cpu with gpu.kind %s, so the GPU would not be used" .Values.gpu.kind)
      "set triton.instanceKind: auto, or gpu.kind: none") -}}
{{- end -}}
{{- end -}}
