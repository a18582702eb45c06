{{/* shadow: whether requests can be copied at all. */}}

{{- define "onnx-serving.problems.shadow" -}}
{{- $mirrors := dict "gateway-api" "request-mirror" "istio" "virtual-service" -}}
{{- $mirror := .Values.shadow.mirror -}}
{{- if and (ne $mirror "none") (ne $mirror (index $mirrors .Values.traffic | default "")) -}}
{{- include "onnx-serving.problem" (list
      "shadow.mirror"
      (printf "is %s, and with traffic %s that copies no requests" $mirror .Values.traffic)
      "request-mirror goes with traffic gateway-api, virtual-service with istio, and with kserve only none") -}}
{{- end -}}
{{- end -}}
