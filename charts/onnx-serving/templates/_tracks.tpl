{{/* The tracks that have a version, as JSON: `track`, `version`, `revision`, `digest`, `weight`, `artifact`
     (v2-1a2b3c4d), `name` (of its Deployment), `share` (percent of the pods of stable that it needs). */}}
{{- define "onnx-serving.tracks" -}}
{{- $tracks := list -}}
{{- $all := .Values.tracks | default dict -}}
{{- range $track := list "stable" "canary" -}}
{{- with index $all $track -}}
{{- $artifact := printf "v%d-%s" (int64 .version) (.digest | trimPrefix "sha256:" | trunc 8) -}}
{{- $share := int64 .weight -}}
{{- /* Stable keeps all its pods: a rollback is a change of weight alone. So does a canary without a stable. */ -}}
{{- if or (eq $track "stable") (not $all.stable) -}}{{- $share = 100 -}}{{- end -}}
{{- $tracks = append $tracks (dict "track" $track "version" (printf "%d" (int64 .version)) "revision" .revision
      "digest" .digest "weight" (int64 .weight) "artifact" $artifact "share" $share
      "name" (printf "%s-%s" (include "onnx-serving.model" $) $artifact)) -}}
{{- end -}}
{{- end -}}
{{- toJson $tracks -}}
{{- end -}}

{{/* The same, one of each artifact: two tracks of one version share its pods. Nothing for engine kserve. */}}
{{- define "onnx-serving.artifacts" -}}
{{- $seen := dict -}}
{{- $artifacts := list -}}
{{- range include "onnx-serving.tracks" . | fromJsonArray -}}
{{- if not (hasKey $seen .artifact) -}}
{{- $_ := set $seen .artifact true -}}
{{- $artifacts = append $artifacts . -}}
{{- end -}}
{{- end -}}
{{- toJson $artifacts -}}
{{- end -}}

{{/* ceil(of x share %), at least 1: arguments `of`, `share`. A canary is never without a pod. */}}
{{- define "onnx-serving.portion" -}}
{{- max 1 (div (add (mul (int64 .of) (int64 .share)) 99) 100) -}}
{{- end -}}
