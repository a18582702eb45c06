{{/* traffic and route: how requests reach a track. */}}

{{- define "onnx-serving.problems.route" -}}
{{- include "onnx-serving.problems.route.traffic" . -}}
{{- include "onnx-serving.problems.route.size" . -}}
{{- include "onnx-serving.problems.route.kserve" . -}}
{{- include "onnx-serving.problems.route.conflicts" . -}}
{{- range .Values.route.grpc.hostnames -}}
{{- include "onnx-serving.problems.route.grpcHostname" (dict "hostname" . "others" $.Values.route.hostnames) -}}
{{- end -}}
{{- include "onnx-serving.problems.route.grpcEngine" . -}}
{{- end -}}

{{- define "onnx-serving.problems.route.traffic" -}}
{{- if ne (eq .Values.engine "kserve") (eq .Values.traffic "kserve") -}}
{{- include "onnx-serving.problem" (list
      "traffic"
      (printf "is %s with engine %s" .Values.traffic .Values.engine)
      "traffic kserve and engine kserve go together, and only together") -}}
{{- end -}}
{{- end -}}

{{- define "onnx-serving.problems.route.size" -}}
{{- $count := len (concat .Values.route.headers .Values.route.segments) -}}
{{- if gt $count 15 -}}
{{- include "onnx-serving.problem" (list
      "route.segments"
      (printf "with route.headers there are %d rules, and a route has room for 15" $count)
      "join values by `match: regex`") -}}
{{- end -}}
{{- end -}}

{{- define "onnx-serving.problems.route.kserve" -}}
{{- if and (eq .Values.traffic "kserve") (concat .Values.route.headers .Values.route.segments) -}}
{{- include "onnx-serving.problem" (list
      "route.headers"
      "KServe has no header rules"
      "leave route.headers and route.segments empty, or set engine: triton and traffic: gateway-api") -}}
{{- end -}}
{{- end -}}

{{/* The same header and value must not lead to both tracks, in either list. */}}
{{- define "onnx-serving.problems.route.conflicts" -}}
{{- $rules := list -}}
{{- range .Values.route.headers -}}
{{- $rules = append $rules (dict "path" "route.headers" "header" .name "value" .value "track" .track) -}}
{{- end -}}
{{- range .Values.route.segments -}}
{{- $rules = append $rules (dict "path" "route.segments" "header" .header "value" .value "track" .track) -}}
{{- end -}}
{{- $tracks := dict -}}
{{- range $rules -}}
{{- $key := printf "%s=%s" (lower .header) .value -}}
{{- $other := index $tracks $key | default .track -}}
{{- include "onnx-serving.problems.route.conflict" (dict "rule" . "key" $key "other" $other) -}}
{{- $_ := set $tracks $key .track -}}
{{- end -}}
{{- end -}}

{{- define "onnx-serving.problems.route.conflict" -}}
{{- if ne .rule.track .other -}}
{{- include "onnx-serving.problem" (list
      .rule.path
      (printf "%s leads to both tracks" .key)
      "keep one of the rules") -}}
{{- end -}}
{{- end -}}

{{- define "onnx-serving.problems.route.grpcHostname" -}}
{{- if has .hostname .others -}}
{{- include "onnx-serving.problem" (list
      "route.grpc.hostnames"
      (printf "%s is one of route.hostnames too, and a listener refuses one hostname for both" .hostname)
      "give gRPC its own") -}}
{{- end -}}
{{- end -}}

{{- define "onnx-serving.problems.route.grpcEngine" -}}
{{- $given := and .Values.route.grpc.hostnames (not .Values.preview.enabled) -}}
{{- if and $given (ne .Values.engine "triton") -}}
{{- include "onnx-serving.problem" (list
      "route.grpc.hostnames"
      (printf "are given with engine %s, whose gRPC is not routed" .Values.engine)
      "clear them, or set engine: triton") -}}
{{- end -}}
{{- end -}}
