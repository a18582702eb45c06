{{/* One rule of a VirtualService. Arguments: `root`, `matches` (list of {uri: {...}}), `rule` (a header rule, or
     null), `tracks`, `port`. */}}
{{- define "onnx-serving.istioRule" -}}
- match:
    {{- range .matches }}
    - uri: {{ toJson . }}
      {{- with $.rule }}
      headers:
        {{ lower .header | quote }}: {{ dict (ternary "regex" "exact" (eq .type "RegularExpression")) .value | toJson }}
      {{- end }}
    {{- end }}
  {{- if .root.Values.route.timeout }}
  timeout: {{ .root.Values.route.timeout | quote }}
  {{- end }}
  {{- $weight := 0 }}
  {{- range .tracks }}{{ $weight = add $weight .weight }}{{ end }}
  {{- if $weight }}
  {{- if and (not .rule) (eq (int .port) 8080) (include "onnx-serving.shadowed" .root) }}
  mirror: {host: {{ include "onnx-serving.model" .root }}-shadow, port: {number: 8080}}
  mirrorPercentage: {value: {{ int64 .root.Values.shadow.percent }}}
  {{- end }}
  retries: {attempts: 0}
  route:
    {{- range .tracks }}
    - destination:
        host: {{ include "onnx-serving.model" $.root }}-{{ .track }}
        port: {number: {{ $.port }}}
      weight: {{ int64 .weight }}
    {{- end }}
  {{- else }}
  directResponse: {status: 503}
  {{- end }}
{{- end -}}

{{/* Paths, as Istio matches them: its prefix is one of characters, so that of a model ends with a slash. */}}
{{- define "onnx-serving.istioPaths" -}}
{{- $uris := list -}}
{{- range include "onnx-serving.paths" . | fromJsonArray -}}
{{- $uris = append $uris (dict "exact" .value) -}}
{{- if eq .type "PathPrefix" -}}{{- $uris = append $uris (dict "prefix" (printf "%s/" .value)) -}}{{- end -}}
{{- end -}}
{{- toJson $uris -}}
{{- end -}}
