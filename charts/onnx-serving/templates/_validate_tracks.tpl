{{/* metadata and tracks: release.yaml, as the gate writes it. */}}

{{- define "onnx-serving.problems.tracks" -}}
{{- $tracks := include "onnx-serving.tracks" . | fromJsonArray -}}
{{- if $tracks -}}
{{- range $key := list "model" "environment" -}}
{{- include "onnx-serving.problems.tracks.metadata" (dict "key" $key "metadata" ($.Values.metadata | default dict)) -}}
{{- end -}}
{{- include "onnx-serving.problems.tracks.weights" $tracks -}}
{{- include "onnx-serving.problems.tracks.names" $tracks -}}
{{- include "onnx-serving.problems.tracks.baseline" . -}}
{{- end -}}
{{- end -}}

{{- define "onnx-serving.problems.tracks.metadata" -}}
{{- if not (index .metadata .key) -}}
{{- include "onnx-serving.problem" (list
      (printf "metadata.%s" .key)
      "is empty"
      "give the release.yaml of a model as the last values file") -}}
{{- end -}}
{{- end -}}

{{- define "onnx-serving.problems.tracks.weights" -}}
{{- $sum := 0 -}}
{{- range . -}}{{- $sum = add $sum .weight -}}{{- end -}}
{{- if eq (first .).track "stable" -}}
{{- include "onnx-serving.problems.tracks.weightsOfBoth" (int $sum) -}}
{{- else -}}
{{- include "onnx-serving.problems.tracks.weightOfFirst" (int $sum) -}}
{{- end -}}
{{- end -}}

{{- define "onnx-serving.problems.tracks.weightsOfBoth" -}}
{{- if ne . 100 -}}
{{- include "onnx-serving.problem" (list
      "tracks.stable.weight"
      (printf "the weights of the tracks add up to %d, not to 100" .)
      "take release.yaml back to the gate's own last version") -}}
{{- end -}}
{{- end -}}

{{- define "onnx-serving.problems.tracks.weightOfFirst" -}}
{{- if not (has . (list 0 100)) -}}
{{- include "onnx-serving.problem" (list
      "tracks.canary.weight"
      (printf "is %d without a stable version" .)
      "a first version has 0 or 100: take release.yaml back to the gate's own last version") -}}
{{- end -}}
{{- end -}}

{{- define "onnx-serving.problems.tracks.names" -}}
{{- $first := first . -}}
{{- $last := last . -}}
{{- if and (eq $first.artifact $last.artifact) (ne $first.digest $last.digest) -}}
{{- include "onnx-serving.problem" (list
      "tracks.canary.digest"
      (printf "begins like that of stable and has its version %s, so both would have one name" $first.version)
      "give the canary another version") -}}
{{- end -}}
{{- end -}}

{{- define "onnx-serving.problems.tracks.baseline" -}}
{{- $baseline := (.Values.tracks | default dict).baseline -}}
{{- if $baseline -}}
{{- if eq .Values.engine "kserve" -}}
{{- include "onnx-serving.problem" (list
      "tracks.baseline"
      "is a third track, and KServe has two"
      "set rollout.baseline: false in environment.yaml") -}}
{{- end -}}
{{- $stable := .Values.tracks.stable | default dict -}}
{{- if ne ($stable.digest | default "none") $baseline.digest -}}
{{- include "onnx-serving.problem" (list
      "tracks.baseline.digest"
      "is not that of stable"
      "take release.yaml back to the gate's own last version") -}}
{{- end -}}
{{- end -}}
{{- end -}}
