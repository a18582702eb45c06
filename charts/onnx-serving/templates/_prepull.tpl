{{/* A Job whose pods run on different nodes, fetch the artifact into the node's cache and pull the server's
     image. No time to live: Argo CD would create it again. No artifact label: a Service must not send it requests.
     Arguments: `root`, `track`, `into`. */}}
{{- define "onnx-serving.prepullSpec" -}}
{{- $values := .root.Values -}}
{{- $server := ternary "ort" "triton" (eq $values.engine "ort") -}}
completions: {{ int64 $values.prepull.nodes }}
parallelism: {{ int64 $values.prepull.nodes }}
backoffLimit: 6
activeDeadlineSeconds: {{ int64 $values.prepull.deadlineSeconds }}
template:
  metadata:
    labels:
      {{- include "onnx-serving.labels" .root | nindent 6 }}
      sluicegate.dev/role: prepull
  spec:
    restartPolicy: Never
    {{- include "onnx-serving.podCommon" .root | nindent 4 }}
    {{- with include "onnx-serving.placement" . | trim }}
    {{- . | nindent 4 }}
    {{- end }}
    topologySpreadConstraints:
      - topologyKey: kubernetes.io/hostname
        maxSkew: 1
        whenUnsatisfiable: DoNotSchedule
        labelSelector:
          matchLabels:
            sluicegate.dev/model: {{ include "onnx-serving.model" .root | quote }}
            sluicegate.dev/role: prepull
        matchLabelKeys: [batch.kubernetes.io/job-name]
    initContainers:
      {{- include "onnx-serving.fetch" . | nindent 6 }}
    containers:
      - name: image
        image: {{ include "onnx-serving.image" (dict "root" .root "name" $server) | quote }}
        imagePullPolicy: {{ (index $values.images $server).pullPolicy }}
        command: {{ ternary (list "onnx-server" "--help") (list "/bin/true") (eq $server "ort") | toJson }}
        resources:
          {{- toYaml $values.artifacts.resources | nindent 10 }}
        securityContext:
          {{- include "onnx-serving.containerSecurity" .root | nindent 10 }}
        volumeMounts:
          - {name: tmp, mountPath: /tmp}
    volumes:
      {{- include "onnx-serving.volumes" . | nindent 6 }}
{{- end -}}
