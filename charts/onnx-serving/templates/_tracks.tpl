{{/* The tracks that have a version, as JSON: `track`, `version`, `revision`, `digest`, `weight`, `artifact`
     (v2-1a2b3c4d), `name` (of its Deployment), `share` (percent of the pods of stable that it needs). A baseline is
     stable's version on pods of its own, as fresh and as many as the canary's. The canary is the last. */}}
{{- define "onnx-serving.tracks" -}}
{{- $tracks := list -}}
{{- $all := .Values.tracks | default dict -}}
{{- range $track := list "stable" "baseline" "canary" -}}
{{- with index $all $track -}}
{{- $artifact := printf "v%d-%s" (int64 .version) (.digest | trimPrefix "sha256:" | trunc 8) -}}
{{- if eq $track "baseline" -}}{{- $artifact = printf "%s-baseline" $artifact -}}{{- end -}}
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

{{/* Pods of a track without a scaler. With `surge` stable has the share of its version's traffic, a baseline's
     included, which comes back to it by the very commit that ends one; and so much less as keeps all tracks
     together within replicas + surge.maxExtra, but never less than one. Arguments: `root`, `track`. */}}
{{- define "onnx-serving.replicas" -}}
{{- $values := .root.Values -}}
{{- $all := int64 $values.replicas -}}
{{- $tracks := include "onnx-serving.tracks" .root | fromJsonArray -}}
{{- if and $values.surge.enabled (eq .track.track "stable") (gt (len $tracks) 1) -}}
{{- $room := add $all (int64 $values.surge.maxExtra) -}}
{{- $weight := .track.weight -}}
{{- range $tracks -}}
{{- if eq .track "baseline" -}}{{- $weight = add $weight .weight -}}{{- end -}}
{{- if ne .track "stable" -}}
{{- $room = sub $room (include "onnx-serving.portion" (dict "of" $all "share" .share) | int64) -}}
{{- end -}}
{{- end -}}
{{- $share := include "onnx-serving.portion" (dict "of" $all "share" $weight) | int64 -}}
{{- max 1 (min $share $room) -}}
{{- else -}}
{{- include "onnx-serving.portion" (dict "of" $all "share" .track.share) -}}
{{- end -}}
{{- end -}}

{{/* The wave of a Deployment. With `surge` what shrinks does so last, when the route has moved: stable while the
     canary has traffic, the canary once it has none. Arguments: `root`, `track`. */}}
{{- define "onnx-serving.podWave" -}}
{{- $canary := (.root.Values.tracks | default dict).canary | default (dict "weight" 0) -}}
{{- $shrinks := ternary "stable" "canary" (gt (int64 $canary.weight) 0) -}}
{{- ternary "2" "0" (and .root.Values.surge.enabled (eq .track.track $shrinks)) -}}
{{- end -}}

{{/* ceil(of x share %), at least 1: arguments `of`, `share`. A canary is never without a pod. */}}
{{- define "onnx-serving.portion" -}}
{{- max 1 (div (add (mul (int64 .of) (int64 .share)) 99) 100) -}}
{{- end -}}
