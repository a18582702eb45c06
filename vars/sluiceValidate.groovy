/**
 * Judges what a change request brings, in a Jenkins pipeline: docs/elsewhere.md
 *
 * sluiceValidate()                                                      // in a multibranch job: its change request
 * sluiceValidate(base: 'origin/main', head: 'HEAD', production: 'production', sluice: '.venv/bin/sluice')
 *
 * The build fails where the change is refused. JUnit results and the report are kept either way.
 */
def call(Map given = [:]) {
    String target = env.CHANGE_TARGET ?: 'main'
    Map settings = [sluice: 'sluice', base: 'origin/' + target, head: 'HEAD', production: '', into: 'sluice-report'] + given
    List variables = [
        'SLUICE_COMMAND=' + settings.sluice,
        'SLUICE_RANGE=' + settings.base + '..' + settings.head,
        'SLUICE_PRODUCTION=' + settings.production,
        'SLUICE_INTO=' + settings.into,
    ]
    int status = 3
    try {
        withEnv(variables) {
            // Values reach the shell as variables alone: the name of a branch is written by whoever opens the change.
            status = sh(returnStatus: true, label: 'sluice validate', script: '''
                mkdir -p "$SLUICE_INTO"
                set -- --changed "$SLUICE_RANGE"
                if [ -n "$SLUICE_PRODUCTION" ]; then set -- "$@" --production "$SLUICE_PRODUCTION"; fi
                exec "$SLUICE_COMMAND" validate "$@" --also junit="$SLUICE_INTO/report.xml" --also html="$SLUICE_INTO/report.html" --also sarif="$SLUICE_INTO/report.sarif"
            ''') as int
        }
    } finally {
        junit(testResults: settings.into + '/report.xml', allowEmptyResults: true, skipMarkingBuildUnstable: true)
        archiveArtifacts(artifacts: settings.into + '/*', allowEmptyArchive: true)
    }
    if (status != 0) {
        error('sluice validate ended with ' + status + (status == 1 ? ': the change is refused' : ''))
    }
    return status
}
