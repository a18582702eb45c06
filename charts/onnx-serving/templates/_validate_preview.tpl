{{/* preview: a namespace of its own, for a pull request. It has no Secret, and is to have none: a pod that needs
     one would wait for ever. */}}

{{- define "onnx-serving.problems.preview" -}}
{{- if .Values.preview.enabled -}}
{{- include "onnx-serving.problems.preview.namespace" . -}}
{{- include "onnx-serving.problems.preview.domain" . -}}
{{- include "onnx-serving.problems.preview.token" . -}}
{{- include "onnx-serving.problems.preview.ociToken" . -}}
{{- include "onnx-serving.problems.preview.pullSecrets" . -}}
{{- range .Values.extraEnv -}}
{{- include "onnx-serving.problems.preview.variable" . -}}
{{- end -}}
{{- range .Values.autoscaling.keda.triggers -}}
{{- include "onnx-serving.problems.preview.trigger" . -}}
{{- end -}}
{{- include "onnx-serving.problems.preview.serviceAccount" . -}}
{{- end -}}
{{- end -}}

{{/* A value that needs a Secret: argument (list PATH WHAT OTHERWISE). */}}
{{- define "onnx-serving.problems.preview.secret" -}}
{{- include "onnx-serving.problem" (list
      (index . 0)
      (printf "%s with preview.enabled, and a preview's namespace has no Secret" (index . 1))
      (printf "clear it in environments/previews/values.yaml, and give there %s" (index . 2))) -}}
{{- end -}}

{{- define "onnx-serving.problems.preview.namespace" -}}
{{- if not (hasPrefix "preview-" .Release.Namespace) -}}
{{- include "onnx-serving.problem" (list
      "preview.enabled"
      (printf "the namespace %s would belong to the preview, and be removed with it" .Release.Namespace)
      "release it into one whose name begins with preview-, or set preview.enabled: false") -}}
{{- end -}}
{{- end -}}

{{- define "onnx-serving.problems.preview.domain" -}}
{{- if and (ne .Values.traffic "kserve") (not .Values.route.domain) -}}
{{- include "onnx-serving.problem" (list
      "route.domain"
      "is empty with preview.enabled, and a preview has no other hostname"
      "give the domain in environments/previews/values.yaml") -}}
{{- end -}}
{{- end -}}

{{- define "onnx-serving.problems.preview.token" -}}
{{- with .Values.artifacts.tokenSecret.name -}}
{{- include "onnx-serving.problems.preview.secret" (list
      "artifacts.tokenSecret.name" (printf "is %s" .) "an artifacts.url that needs no token") -}}
{{- end -}}
{{- end -}}

{{- define "onnx-serving.problems.preview.ociToken" -}}
{{- with .Values.artifacts.oci.tokenSecret.name -}}
{{- include "onnx-serving.problems.preview.secret" (list
      "artifacts.oci.tokenSecret.name" (printf "is %s" .) "an artifacts.oci.repository that needs no token") -}}
{{- end -}}
{{- end -}}

{{- define "onnx-serving.problems.preview.pullSecrets" -}}
{{- if .Values.imagePullSecrets -}}
{{- include "onnx-serving.problems.preview.secret" (list
      "imagePullSecrets" "are given" "images that need none") -}}
{{- end -}}
{{- end -}}

{{- define "onnx-serving.problems.preview.variable" -}}
{{- if hasKey (.valueFrom | default dict) "secretKeyRef" -}}
{{- include "onnx-serving.problems.preview.secret" (list
      "extraEnv" (printf "%s comes from a Secret" .name) "variables that need none") -}}
{{- end -}}
{{- end -}}

{{- define "onnx-serving.problems.preview.trigger" -}}
{{- $reference := .authenticationRef | default (dict "kind" "none") -}}
{{- if eq ($reference.kind | default "TriggerAuthentication") "TriggerAuthentication" -}}
{{- include "onnx-serving.problems.preview.secret" (list
      "autoscaling.keda.triggers"
      (printf "name the TriggerAuthentication %s" $reference.name)
      "triggers that need none") -}}
{{- end -}}
{{- end -}}

{{- define "onnx-serving.problems.preview.serviceAccount" -}}
{{- if not (has .Values.serviceAccountName (list "" "default")) -}}
{{- include "onnx-serving.problem" (list
      "serviceAccountName"
      (printf "is %s with preview.enabled, and a preview's namespace has only default" .Values.serviceAccountName)
      "clear it in environments/previews/values.yaml") -}}
{{- end -}}
{{- end -}}
