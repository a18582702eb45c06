{{/* monitoring: rules, monitors and dashboards. */}}

{{- define "onnx-serving.problems.monitoring" -}}
{{- $rules := .Values.monitoring.prometheusRule -}}
{{- /* Rules of all models do not depend on the traffic of this release. */ -}}
{{- if and $rules.enabled (not $rules.allModels) -}}
{{- include "onnx-serving.problems.monitoring.kserveRules" . -}}
{{- include "onnx-serving.problems.monitoring.istioRules" . -}}
{{- end -}}
{{- include "onnx-serving.problems.monitoring.kserveMonitor" . -}}
{{- if include "onnx-serving.tracks" . | fromJsonArray -}}
{{- include "onnx-serving.problems.monitoring.allModels" . -}}
{{- include "onnx-serving.problems.monitoring.dashboards" . -}}
{{- end -}}
{{- end -}}

{{- define "onnx-serving.problems.monitoring.kserveRules" -}}
{{- $gateway := .Values.monitoring.prometheusRule.gateway -}}
{{- if and (eq .Values.traffic "kserve") (ne $gateway "none") -}}
{{- include "onnx-serving.problem" (list
      "monitoring.prometheusRule.gateway"
      (printf "is %s with traffic kserve, and its rules need Services of the tracks, which KServe does not have" $gateway)
      "set monitoring.prometheusRule.gateway: none") -}}
{{- end -}}
{{- end -}}

{{- define "onnx-serving.problems.monitoring.istioRules" -}}
{{- if and (eq .Values.traffic "istio") (eq .Values.monitoring.prometheusRule.gateway "traefik") -}}
{{- include "onnx-serving.problem" (list
      "monitoring.prometheusRule.gateway"
      "is traefik with traffic istio, and its rules need series that do not exist"
      "set monitoring.prometheusRule.gateway: istio, or none") -}}
{{- end -}}
{{- end -}}

{{- define "onnx-serving.problems.monitoring.kserveMonitor" -}}
{{- if and .Values.monitoring.serviceMonitor.enabled (eq .Values.engine "kserve") -}}
{{- include "onnx-serving.problem" (list
      "monitoring.serviceMonitor.enabled"
      "KServe's tracks have no Services of this chart"
      "set it to false and monitor KServe's revisions") -}}
{{- end -}}
{{- end -}}

{{- define "onnx-serving.problems.monitoring.allModels" -}}
{{- if .Values.monitoring.prometheusRule.allModels -}}
{{- include "onnx-serving.problem" (list
      "monitoring.prometheusRule.allModels"
      "rules of all models belong to the cluster, and this release has a track"
      "set it to false here and true in a release of its own without tracks") -}}
{{- end -}}
{{- end -}}

{{- define "onnx-serving.problems.monitoring.dashboards" -}}
{{- if .Values.monitoring.dashboards.enabled -}}
{{- include "onnx-serving.problem" (list
      "monitoring.dashboards.enabled"
      "dashboards belong to the cluster, and this release has a track"
      "set it to false here and true in a release of its own without tracks") -}}
{{- end -}}
{{- end -}}
