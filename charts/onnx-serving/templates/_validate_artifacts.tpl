{{/* artifacts: where a model's files come from. */}}

{{- define "onnx-serving.problems.artifacts" -}}
{{- include "onnx-serving.problems.artifacts.url" . -}}
{{- include "onnx-serving.problems.artifacts.ociToken" . -}}
{{- if .Values.artifacts.imageVolume.enabled -}}
{{- include "onnx-serving.problems.artifacts.volumeVersion" . -}}
{{- include "onnx-serving.problems.artifacts.volumeRepository" . -}}
{{- include "onnx-serving.problems.artifacts.volumeAndCache" . -}}
{{- range include "onnx-serving.tracks" . | fromJsonArray -}}
{{- include "onnx-serving.problems.artifacts.volumeDigest" (dict "root" $ "track" .) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "onnx-serving.problems.artifacts.url" -}}
{{- if and (include "onnx-serving.tracks" . | fromJsonArray) (not .Values.artifacts.url) -}}
{{- include "onnx-serving.problem" (list
      "artifacts.url"
      "is empty"
      "give the address below which REVISION/PATH is a file of the repository") -}}
{{- end -}}
{{- end -}}

{{- define "onnx-serving.problems.artifacts.ociToken" -}}
{{- $oci := .Values.artifacts.oci -}}
{{- if and $oci.tokenSecret.name (not $oci.repository) -}}
{{- include "onnx-serving.problem" (list
      "artifacts.oci.tokenSecret.name"
      (printf "is %s without artifacts.oci.repository, so no registry is used" $oci.tokenSecret.name)
      "give the repository, or clear it") -}}
{{- end -}}
{{- end -}}

{{- define "onnx-serving.problems.artifacts.volumeVersion" -}}
{{- $version := .Capabilities.KubeVersion.Version -}}
{{- if not (semverCompare ">=1.35.0-0" $version) -}}
{{- include "onnx-serving.problem" (list
      "artifacts.imageVolume.enabled"
      (printf "needs Kubernetes 1.35 and this is %s" $version)
      "set it to false and use artifacts.cache.hostPath") -}}
{{- end -}}
{{- end -}}

{{- define "onnx-serving.problems.artifacts.volumeRepository" -}}
{{- if not .Values.artifacts.imageVolume.repository -}}
{{- include "onnx-serving.problem" (list
      "artifacts.imageVolume.repository"
      "is empty"
      "name the repository of the artifacts' images") -}}
{{- end -}}
{{- end -}}

{{- define "onnx-serving.problems.artifacts.volumeAndCache" -}}
{{- if .Values.artifacts.cache.hostPath -}}
{{- include "onnx-serving.problem" (list
      "artifacts.cache.hostPath"
      "is set together with artifacts.imageVolume.enabled"
      "use one of the two") -}}
{{- end -}}
{{- end -}}

{{- define "onnx-serving.problems.artifacts.volumeDigest" -}}
{{- if not (index .root.Values.artifacts.imageVolume.digests .track.digest) -}}
{{- include "onnx-serving.problem" (list
      "artifacts.imageVolume.digests"
      (printf "has no image for %s (tracks.%s)" .track.digest .track.track)
      "add that key with the image's digest") -}}
{{- end -}}
{{- end -}}
