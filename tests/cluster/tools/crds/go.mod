module sluicegate.dev/tests/cluster/tools/crds

go 1.26

require (
	github.com/argoproj/argo-cd/v3 v3.2.11
	github.com/kedacore/keda/v2 v2.18.1
	github.com/kserve/kserve v0.15.2
	github.com/prometheus-operator/prometheus-operator v0.85.0
	istio.io/api v1.27.1
	sigs.k8s.io/gateway-api v1.4.0
)
