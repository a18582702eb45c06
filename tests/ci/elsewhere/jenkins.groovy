// Runs vars/sluiceValidate.groovy as a pipeline would call it, in Jenkins' own version of Groovy: `sh` is a
// real shell, `withEnv` its variables; `junit`, `archiveArtifacts` and `error` say what they were given.
// Arguments: the step's file, then NAME=VALUE for its settings.
class Refused extends Exception { Refused(String message) { super(message) } }

def variables = [:]
def binding = new Binding()
binding.setVariable('env', [CHANGE_TARGET: System.getenv('CHANGE_TARGET')])
binding.setVariable('withEnv') { List given, Closure body ->
    given.each { one -> variables[one.substring(0, one.indexOf('='))] = one.substring(one.indexOf('=') + 1) }
    body()
}
binding.setVariable('sh') { Map given ->
    assert given.returnStatus
    def builder = new ProcessBuilder('sh', '-xe', '-c', given.script).inheritIO()
    builder.environment().putAll(variables)
    builder.start().waitFor()
}
binding.setVariable('junit') { Map given -> println 'junit ' + given.testResults }
binding.setVariable('archiveArtifacts') { Map given -> println 'archive ' + given.artifacts }
binding.setVariable('error') { String message -> throw new Refused(message) }

def settings = args.drop(1).collectEntries { it.split('=', 2).toList() }
def step = new GroovyShell(binding).parse(new File(args[0]))
try {
    println 'status ' + (settings ? step.call(settings) : step.call())
} catch (Refused refused) {
    println 'error ' + refused.message
}
