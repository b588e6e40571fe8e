// Asks another implementation of IAM's evaluation logic what it says of each case.
// One JSON per line in, one verdict per line out: Allowed, ImplicitlyDenied, ExplicitlyDenied, or why it cannot say.
// The package is installed by the test, is under the AGPL, and is part of nothing that is shipped.
import { createInterface } from 'node:readline'
import { createRequire } from 'node:module'

const { runSimulation } = createRequire(process.argv[2] + '/')('@cloud-copilot/iam-simulate')

for await (const line of createInterface({ input: process.stdin })) {
  const simulation = JSON.parse(line)
  const told = await runSimulation({ serviceControlPolicies: [], resourceControlPolicies: [], ...simulation }, {})
  const ignored = told.result?.ignoredContextKeys ?? []
  const verdict = told.resultType === 'error' ? `error ${JSON.stringify(told.errors)}` : told.overallResult
  process.stdout.write((ignored.length ? `error ignored ${ignored}` : verdict) + '\n')
}
