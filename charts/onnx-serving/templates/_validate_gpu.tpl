{{/* gpu, and the resources that it replaces: a GPU is shared in one way. */}}

{{- define "onnx-serving.problems.gpu" -}}
{{- $gpu := .Values.gpu -}}
{{- range $key, $kinds := dict
      "migProfile" (list "mig")
      "sharedResource" (list "time-slicing" "mps")
      "dra.deviceClassName" (list "dra") -}}
{{- $value := eq $key "dra.deviceClassName" | ternary $gpu.dra.deviceClassName (index $gpu $key) -}}
{{- $arguments := dict "key" $key "kind" $gpu.kind "kinds" $kinds "value" $value -}}
{{- include "onnx-serving.problems.gpu.missing" $arguments -}}
{{- include "onnx-serving.problems.gpu.otherKind" $arguments -}}
{{- end -}}
{{- include "onnx-serving.problems.gpu.slices" $gpu -}}
{{- include "onnx-serving.problems.gpu.countOfNone" $gpu -}}
{{- range $key := list "memLimitBytes" "arenaExtendStrategy" -}}
{{- include "onnx-serving.problems.gpu.optionOfNone" (dict "key" $key "gpu" $gpu) -}}
{{- end -}}
{{- include "onnx-serving.problems.gpu.selectors" $gpu -}}
{{- include "onnx-serving.problems.gpu.draVersion" . -}}
{{- include "onnx-serving.problems.gpu.draKserve" . -}}
{{- range $kind := list "requests" "limits" -}}
{{- range $name, $_ := index $.Values.resources $kind | default dict -}}
{{- include "onnx-serving.problems.gpu.resource" (dict "kind" $kind "name" $name) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "onnx-serving.problems.gpu.missing" -}}
{{- if and (has .kind .kinds) (not .value) -}}
{{- include "onnx-serving.problem" (list
      (printf "gpu.%s" .key)
      (printf "is empty, and gpu.kind %s needs it" .kind)
      "name it as the device plugin or driver does") -}}
{{- end -}}
{{- end -}}

{{- define "onnx-serving.problems.gpu.otherKind" -}}
{{- if and .value (not (has .kind .kinds)) -}}
{{- include "onnx-serving.problem" (list
      (printf "gpu.%s" .key)
      (printf "is set together with gpu.kind %s" .kind)
      (printf "a GPU is shared in one way: clear gpu.%s, or set gpu.kind: %s" .key (join " or " .kinds))) -}}
{{- end -}}
{{- end -}}

{{- define "onnx-serving.problems.gpu.slices" -}}
{{- if and (has .kind (list "time-slicing" "mps")) (ne (int .count) 1) -}}
{{- include "onnx-serving.problem" (list
      "gpu.count"
      (printf "is %d with gpu.kind %s" (int .count) .kind)
      "more slices are not more of the GPU, and the device plugin refuses them: give 1") -}}
{{- end -}}
{{- end -}}

{{- define "onnx-serving.problems.gpu.countOfNone" -}}
{{- if and (eq .kind "none") (gt (int .count) 1) -}}
{{- include "onnx-serving.problem" (list
      "gpu.count"
      (printf "is %d with gpu.kind none, so the pods would get no GPU" (int .count))
      "set gpu.kind, or gpu.count: 1") -}}
{{- end -}}
{{- end -}}

{{- define "onnx-serving.problems.gpu.optionOfNone" -}}
{{- if and (eq .gpu.kind "none") (index .gpu .key) -}}
{{- include "onnx-serving.problem" (list
      (printf "gpu.%s" .key)
      "is an option of a GPU, and gpu.kind is none"
      "set gpu.kind, or clear it") -}}
{{- end -}}
{{- end -}}

{{- define "onnx-serving.problems.gpu.selectors" -}}
{{- if and .dra.selectors (ne .kind "dra") -}}
{{- include "onnx-serving.problem" (list
      "gpu.dra.selectors"
      (printf "are set together with gpu.kind %s" .kind)
      "a GPU is shared in one way: clear gpu.dra.selectors, or set gpu.kind: dra") -}}
{{- end -}}
{{- end -}}

{{- define "onnx-serving.problems.gpu.draVersion" -}}
{{- $version := .Capabilities.KubeVersion.Version -}}
{{- if and (eq .Values.gpu.kind "dra") (not (semverCompare ">=1.34.0-0" $version)) -}}
{{- include "onnx-serving.problem" (list
      "gpu.kind"
      (printf "dra needs Kubernetes 1.34 (resource.k8s.io/v1) and this is %s" $version)
      "use whole, mig, time-slicing or mps") -}}
{{- end -}}
{{- end -}}

{{- define "onnx-serving.problems.gpu.draKserve" -}}
{{- if and (eq .Values.gpu.kind "dra") (eq .Values.engine "kserve") -}}
{{- include "onnx-serving.problem" (list
      "gpu.kind"
      "dra is not rendered for engine kserve"
      "use whole, mig, time-slicing or mps, or engine: triton") -}}
{{- end -}}
{{- end -}}

{{- define "onnx-serving.problems.gpu.resource" -}}
{{- if contains "/" .name -}}
{{- include "onnx-serving.problem" (list
      (printf "resources.%s" .kind)
      (printf "%s is a device" .name)
      "ask for it by gpu.kind, and clear it here") -}}
{{- end -}}
{{- end -}}
