{{/* Findings as JSON lists of "PATH: what is wrong; remedy". */}}

{{- define "onnx-serving.problemsOfRelease" -}}
{{- $found := list -}}
{{- $values := .Values -}}
{{- $tracks := include "onnx-serving.tracks" . | fromJsonArray -}}
{{- if $tracks -}}
{{- range $key := list "model" "environment" -}}
{{- if not (index ($values.metadata | default dict) $key) -}}
{{- $found = append $found (printf "metadata.%s: is empty; give the release.yaml of a model as the last values file" $key) -}}
{{- end -}}
{{- end -}}
{{- $sum := 0 -}}
{{- range $tracks -}}{{- $sum = add $sum .weight -}}{{- end -}}
{{- $first := first $tracks -}}
{{- if and (eq $first.track "stable") (ne (int $sum) 100) -}}
{{- $found = append $found (printf "tracks.stable.weight: the weights of the tracks add up to %d, not to 100; take release.yaml back to the gate's own last version" (int $sum)) -}}
{{- else if and (eq $first.track "canary") (ne (int $sum) 0) (ne (int $sum) 100) -}}
{{- $found = append $found (printf "tracks.canary.weight: is %d beside no stable version; a first version has 0 or 100: take release.yaml back to the gate's own last version" (int $sum)) -}}
{{- end -}}
{{- if gt (len $tracks) 1 -}}
{{- $last := last $tracks -}}
{{- if and (eq $first.artifact $last.artifact) (ne $first.digest $last.digest) -}}
{{- $found = append $found (printf "tracks.canary.digest: begins like that of stable and has its version %s, so both would have one name; give the canary another version" $first.version) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- toJson $found -}}
{{- end -}}

{{- define "onnx-serving.problemsOfArtifacts" -}}
{{- $found := list -}}
{{- $values := .Values -}}
{{- $tracks := include "onnx-serving.tracks" . | fromJsonArray -}}
{{- if $tracks -}}
{{- $needed := list (ternary "ort" "triton" (eq $values.engine "ort")) (include "onnx-serving.fetchImage" .) | uniq -}}
{{- range $name := $needed -}}
{{- $image := index $values.images $name -}}
{{- $why := ternary (printf "engine %s" $values.engine) "fetching artifacts" (eq $name (first $needed)) -}}
{{- if not $image.repository -}}
{{- $found = append $found (printf "images.%s.repository: is empty, and %s needs it; name the image's repository in environments/ENVIRONMENT/values.yaml" $name $why) -}}
{{- end -}}
{{- if not $image.digest -}}
{{- $found = append $found (printf "images.%s.digest: is empty, and %s needs it; give \"sha256:<64 hex digits>\" of the image" $name $why) -}}
{{- end -}}
{{- end -}}
{{- if not $values.artifacts.url -}}
{{- $found = append $found "artifacts.url: is empty; give the address below which REVISION/PATH is a file of the repository" -}}
{{- end -}}
{{- end -}}
{{- if and $values.artifacts.oci.tokenSecret.name (not $values.artifacts.oci.repository) -}}
{{- $found = append $found (printf "artifacts.oci.tokenSecret.name: is %s without artifacts.oci.repository, and no registry is asked; give the repository, or clear it" $values.artifacts.oci.tokenSecret.name) -}}
{{- end -}}
{{- $volume := $values.artifacts.imageVolume -}}
{{- if $volume.enabled -}}
{{- if not (semverCompare ">=1.35.0-0" .Capabilities.KubeVersion.Version) -}}
{{- $found = append $found (printf "artifacts.imageVolume.enabled: needs Kubernetes 1.35 and this is %s; set it to false and use artifacts.cache.hostPath" .Capabilities.KubeVersion.Version) -}}
{{- end -}}
{{- if not $volume.repository -}}
{{- $found = append $found "artifacts.imageVolume.repository: is empty; name the repository of the artifacts' images" -}}
{{- end -}}
{{- if $values.artifacts.cache.hostPath -}}
{{- $found = append $found "artifacts.cache.hostPath: stands beside artifacts.imageVolume.enabled; use one of the two" -}}
{{- end -}}
{{- range $tracks -}}
{{- if not (index $volume.digests .digest) -}}
{{- $found = append $found (printf "artifacts.imageVolume.digests: has no image for %s (tracks.%s); add that key with the image's digest" .digest .track) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- toJson $found -}}
{{- end -}}

{{- define "onnx-serving.problemsOfTraffic" -}}
{{- $found := list -}}
{{- $values := .Values -}}
{{- $route := $values.route -}}
{{- if ne (eq $values.engine "kserve") (eq $values.traffic "kserve") -}}
{{- $found = append $found (printf "traffic: is %s with engine %s; traffic kserve and engine kserve go together, and only together" $values.traffic $values.engine) -}}
{{- end -}}
{{- $rules := len (concat $route.headers $route.segments) -}}
{{- if gt $rules 15 -}}
{{- $found = append $found (printf "route.segments: with route.headers there are %d rules, and a route has room for 15; join values by `match: regex`" $rules) -}}
{{- end -}}
{{- if and (gt $rules 0) (eq $values.traffic "kserve") -}}
{{- $found = append $found "route.headers: KServe has no header rules; leave route.headers and route.segments empty, or set engine: triton and traffic: gateway-api" -}}
{{- end -}}
{{- $seen := dict -}}
{{- range $route.headers -}}
{{- $key := printf "%s=%s" (lower .name) .value -}}
{{- if and (hasKey $seen $key) (ne (index $seen $key) .track) -}}
{{- $found = append $found (printf "route.headers: %s leads to both tracks; keep one of the rules" $key) -}}
{{- end -}}
{{- $_ := set $seen $key .track -}}
{{- end -}}
{{- range $route.segments -}}
{{- $key := printf "%s=%s" (lower .header) .value -}}
{{- if and (hasKey $seen $key) (ne (index $seen $key) .track) -}}
{{- $found = append $found (printf "route.segments: %s leads to both tracks; keep one of the rules" $key) -}}
{{- end -}}
{{- $_ := set $seen $key .track -}}
{{- end -}}
{{- range $route.grpc.hostnames -}}
{{- if has . $route.hostnames -}}
{{- $found = append $found (printf "route.grpc.hostnames: %s is one of route.hostnames too, and a listener refuses one hostname for both; give gRPC its own" .) -}}
{{- end -}}
{{- end -}}
{{- if and $route.grpc.hostnames (ne $values.engine "triton") (not $values.preview.enabled) -}}
{{- $found = append $found (printf "route.grpc.hostnames: are given with engine %s, of which no gRPC is routed; clear them, or set engine: triton" $values.engine) -}}
{{- end -}}
{{- /* Rules of all models are of no traffic of this release. */ -}}
{{- $rules := $values.monitoring.prometheusRule -}}
{{- if and $rules.enabled (not $rules.allModels) -}}
{{- if and (eq $values.traffic "kserve") (ne $rules.gateway "none") -}}
{{- $found = append $found (printf "monitoring.prometheusRule.gateway: is %s with traffic kserve, and its rules ask for the tracks' own Services, which KServe has not; set monitoring.prometheusRule.gateway: none" $rules.gateway) -}}
{{- else if and (eq $values.traffic "istio") (eq $rules.gateway "traefik") -}}
{{- $found = append $found "monitoring.prometheusRule.gateway: is traefik with traffic istio, and its rules ask for series that do not exist; set monitoring.prometheusRule.gateway: istio, or none" -}}
{{- end -}}
{{- end -}}
{{- if and $values.monitoring.prometheusRule.allModels (include "onnx-serving.tracks" . | fromJsonArray) -}}
{{- $found = append $found "monitoring.prometheusRule.allModels: rules of all models belong to the cluster, and this release has a track; set it to false here and true in a release of its own without tracks" -}}
{{- end -}}
{{- if and $values.monitoring.serviceMonitor.enabled (eq $values.engine "kserve") -}}
{{- $found = append $found "monitoring.serviceMonitor.enabled: KServe's tracks have no Services of ours; set it to false and monitor KServe's revisions" -}}
{{- end -}}
{{- if and $values.monitoring.dashboards.enabled (include "onnx-serving.tracks" . | fromJsonArray) -}}
{{- $found = append $found "monitoring.dashboards.enabled: dashboards belong to the cluster, and this release has a track; set it to false here and true in a release of its own without tracks" -}}
{{- end -}}
{{- toJson $found -}}
{{- end -}}

{{- define "onnx-serving.problemsOfSize" -}}
{{- $found := list -}}
{{- $values := .Values -}}
{{- $scaling := $values.autoscaling -}}
{{- if and (ne $scaling.kind "keda") $scaling.keda.triggers -}}
{{- $found = append $found (printf "autoscaling.keda.triggers: stand beside autoscaling.kind %s; one scaler a track: set autoscaling.kind: keda, or autoscaling.keda.triggers: []" $scaling.kind) -}}
{{- end -}}
{{- if and (ne $scaling.kind "hpa") $scaling.hpa.metrics -}}
{{- $found = append $found (printf "autoscaling.hpa.metrics: stand beside autoscaling.kind %s; one scaler a track: set autoscaling.kind: hpa, or autoscaling.hpa.metrics: []" $scaling.kind) -}}
{{- end -}}
{{- if and (eq $scaling.kind "keda") (not $scaling.keda.triggers) -}}
{{- $found = append $found "autoscaling.keda.triggers: are empty with autoscaling.kind keda; give at least one" -}}
{{- end -}}
{{- if and (eq $scaling.kind "hpa") (eq (int $scaling.minReplicas) 0) -}}
{{- $found = append $found "autoscaling.minReplicas: is 0 with autoscaling.kind hpa; only keda scales to zero: give 1 or more" -}}
{{- end -}}
{{- if and (ne $scaling.kind "none") (gt (int $scaling.minReplicas) (int $scaling.maxReplicas)) -}}
{{- $found = append $found (printf "autoscaling.maxReplicas: is %d, less than autoscaling.minReplicas %d; raise it" (int $scaling.maxReplicas) (int $scaling.minReplicas)) -}}
{{- end -}}
{{- if eq $scaling.kind "keda" -}}
{{- range include "onnx-serving.tracks" . | fromJsonArray -}}
{{- if gt (len .name) 63 -}}
{{- $found = append $found (printf "autoscaling.kind: keda makes a label of the name %s, which has more than 63 characters; shorten metadata.model, or set autoscaling.kind: hpa" .name) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if eq $values.engine "kserve" -}}
{{- if or (ne $scaling.kind "none") $scaling.vpaHint -}}
{{- $found = append $found "autoscaling.kind: KServe has its own autoscaler; set autoscaling.kind: none and autoscaling.vpaHint: false" -}}
{{- end -}}
{{- if eq $values.gpu.kind "dra" -}}
{{- $found = append $found "gpu.kind: dra is not rendered for engine kserve; use whole, mig, time-slicing or mps, or engine: triton" -}}
{{- end -}}
{{- end -}}
{{- toJson (concat $found (include "onnx-serving.problemsOfGpu" . | fromJsonArray)) -}}
{{- end -}}

{{- define "onnx-serving.problemsOfGpu" -}}
{{- $found := list -}}
{{- $gpu := .Values.gpu -}}
{{- $wanted := dict "migProfile" (list "mig") "sharedResource" (list "time-slicing" "mps") "dra.deviceClassName" (list "dra") -}}
{{- $given := dict "migProfile" $gpu.migProfile "sharedResource" $gpu.sharedResource "dra.deviceClassName" $gpu.dra.deviceClassName -}}
{{- range $key, $kinds := $wanted -}}
{{- if and (has $gpu.kind $kinds) (not (index $given $key)) -}}
{{- $found = append $found (printf "gpu.%s: is empty, and gpu.kind %s needs it; name it as the device plugin or driver does" $key $gpu.kind) -}}
{{- else if and (index $given $key) (not (has $gpu.kind $kinds)) -}}
{{- $found = append $found (printf "gpu.%s: stands beside gpu.kind %s; a GPU is shared in one way: clear gpu.%s, or set gpu.kind: %s" $key $gpu.kind $key (join " or " $kinds)) -}}
{{- end -}}
{{- end -}}
{{- if and (has $gpu.kind (list "time-slicing" "mps")) (ne (int $gpu.count) 1) -}}
{{- $found = append $found (printf "gpu.count: is %d with gpu.kind %s; more slices are no more of the GPU, and the device plugin refuses them: give 1" (int $gpu.count) $gpu.kind) -}}
{{- end -}}
{{- if and (eq $gpu.kind "none") (gt (int $gpu.count) 1) -}}
{{- $found = append $found (printf "gpu.count: is %d with gpu.kind none, so the pods would get no GPU; set gpu.kind, or gpu.count: 1" (int $gpu.count)) -}}
{{- end -}}
{{- if eq $gpu.kind "none" -}}
{{- range $key := list "memLimitBytes" "arenaExtendStrategy" -}}
{{- if index $gpu $key -}}
{{- $found = append $found (printf "gpu.%s: stands beside gpu.kind none, and is of a GPU; set gpu.kind, or clear it" $key) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if and $gpu.dra.selectors (ne $gpu.kind "dra") -}}
{{- $found = append $found (printf "gpu.dra.selectors: stand beside gpu.kind %s; a GPU is shared in one way: clear gpu.dra.selectors, or set gpu.kind: dra" $gpu.kind) -}}
{{- end -}}
{{- $instances := .Values.triton.instanceKind -}}
{{- if ne .Values.engine "ort" -}}
{{- if and (eq $instances "gpu") (eq $gpu.kind "none") -}}
{{- $found = append $found "triton.instanceKind: is gpu with gpu.kind none, so the pods would get no GPU; set gpu.kind, or triton.instanceKind: auto" -}}
{{- else if and (eq $instances "cpu") (ne $gpu.kind "none") -}}
{{- $found = append $found (printf "triton.instanceKind: is cpu with gpu.kind %s, so the GPU would do nothing; set triton.instanceKind: auto, or gpu.kind: none" $gpu.kind) -}}
{{- end -}}
{{- end -}}
{{- if and (eq $gpu.kind "dra") (not (semverCompare ">=1.34.0-0" .Capabilities.KubeVersion.Version)) -}}
{{- $found = append $found (printf "gpu.kind: dra needs Kubernetes 1.34 (resource.k8s.io/v1) and this is %s; use whole, mig, time-slicing or mps" .Capabilities.KubeVersion.Version) -}}
{{- end -}}
{{- range $kind := list "requests" "limits" -}}
{{- range $name, $_ := index $.Values.resources $kind | default dict -}}
{{- if contains "/" $name -}}
{{- $found = append $found (printf "resources.%s: %s is a device; ask for it by gpu.kind, and clear it here" $kind $name) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- toJson $found -}}
{{- end -}}

{{- define "onnx-serving.problemsOfPods" -}}
{{- $found := list -}}
{{- $values := .Values -}}
{{- $strategy := $values.strategy -}}
{{- if and (eq $strategy.kind "RollingUpdate") (has (toString $strategy.maxSurge) (list "0" "0%")) (has (toString $strategy.maxUnavailable) (list "0" "0%")) -}}
{{- $found = append $found "strategy.maxSurge: is 0 and strategy.maxUnavailable too, so no pod could be replaced; set one of them, or strategy.kind: Recreate" -}}
{{- end -}}
{{- $end := $values.termination -}}
{{- $least := add $end.preStopSeconds $end.drainSeconds 5 -}}
{{- if lt (int $end.graceSeconds) (int $least) -}}
{{- $found = append $found (printf "termination.graceSeconds: is %d, and requests would be cut off; give preStopSeconds + drainSeconds + 5 = %d or more" (int $end.graceSeconds) (int $least)) -}}
{{- end -}}
{{- $named := dict -}}
{{- range $values.extraEnv -}}
{{- if and (hasKey . "value") (hasKey . "valueFrom") -}}
{{- $found = append $found (printf "extraEnv: %s has value and valueFrom; keep one of them" .name) -}}
{{- end -}}
{{- if eq (index $named .name | default "") "once" -}}
{{- $found = append $found (printf "extraEnv: %s stands there more than once; keep one of them" .name) -}}
{{- end -}}
{{- $_ := set $named .name (ternary "more" "once" (hasKey $named .name)) -}}
{{- end -}}
{{- if $values.spot.enabled -}}
{{- range $key := list "taint" "label" -}}
{{- if not (index $values.spot $key).key -}}
{{- $found = append $found (printf "spot.%s.key: is empty with spot.enabled; give the %s of your cloud's spot nodes" $key $key) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- toJson $found -}}
{{- end -}}

{{- define "onnx-serving.problemsOfPreview" -}}
{{- $found := list -}}
{{- $values := .Values -}}
{{- if $values.preview.enabled -}}
{{- if not (hasPrefix "preview-" .Release.Namespace) -}}
{{- $found = append $found (printf "preview.enabled: the namespace %s would be the preview's own, and go with it; release it into one whose name begins with preview-, or set preview.enabled: false" .Release.Namespace) -}}
{{- end -}}
{{- if and (ne $values.traffic "kserve") (not $values.route.domain) -}}
{{- $found = append $found "route.domain: is empty with preview.enabled, and a preview has no other hostname; give the domain in environments/previews/values.yaml" -}}
{{- end -}}
{{- /* A new namespace has no Secret, and a pull request's pods are to have none: they would wait for ever. */ -}}
{{- $there := "and a preview's namespace has no Secret; clear it in environments/previews/values.yaml, and give there" -}}
{{- if $values.artifacts.tokenSecret.name -}}
{{- $found = append $found (printf "artifacts.tokenSecret.name: is %s with preview.enabled, %s an artifacts.url that needs no token" $values.artifacts.tokenSecret.name $there) -}}
{{- end -}}
{{- if $values.artifacts.oci.tokenSecret.name -}}
{{- $found = append $found (printf "artifacts.oci.tokenSecret.name: is %s with preview.enabled, %s an artifacts.oci.repository that needs no token" $values.artifacts.oci.tokenSecret.name $there) -}}
{{- end -}}
{{- if $values.imagePullSecrets -}}
{{- $found = append $found (printf "imagePullSecrets: are given with preview.enabled, %s images that need none" $there) -}}
{{- end -}}
{{- range $values.extraEnv -}}
{{- if hasKey (.valueFrom | default dict) "secretKeyRef" -}}
{{- $found = append $found (printf "extraEnv: %s is of a Secret with preview.enabled, %s variables that need none" .name $there) -}}
{{- end -}}
{{- end -}}
{{- range $values.autoscaling.keda.triggers -}}
{{- with .authenticationRef -}}
{{- if eq (.kind | default "TriggerAuthentication") "TriggerAuthentication" -}}
{{- $found = append $found (printf "autoscaling.keda.triggers: name the TriggerAuthentication %s with preview.enabled, %s triggers that need none" .name $there) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if not (has $values.serviceAccountName (list "" "default")) -}}
{{- $found = append $found (printf "serviceAccountName: is %s with preview.enabled, and a preview's namespace has none but default; clear it in environments/previews/values.yaml" $values.serviceAccountName) -}}
{{- end -}}
{{- end -}}
{{- toJson $found -}}
{{- end -}}
