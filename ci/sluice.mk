# For a Makefile of your own: `include sluice.mk`, see docs/elsewhere.md
SLUICE ?= sluice
SLUICE_BASE ?= origin/main
SLUICE_REPORT ?= build/sluice

.PHONY: sluice-validate sluice-changed

sluice-validate:  ## judge all models and environments of the work tree
	@$(SLUICE) validate --all

sluice-changed:  ## judge what HEAD changes relative to SLUICE_BASE; reports go to SLUICE_REPORT
	@mkdir -p "$(SLUICE_REPORT)"
	@$(SLUICE) validate --changed "$(SLUICE_BASE)..HEAD" \
		--also junit="$(SLUICE_REPORT)/report.xml" --also html="$(SLUICE_REPORT)/report.html"
