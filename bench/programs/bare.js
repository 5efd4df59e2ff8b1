// The same YAML without the package: bare.js FILE, with the objects as clusters.js --objects left them.
const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const { ApiObject, App, Chart } = require('cdk8s');

const app = new App({ outdir: join(process.env.CDK8S_OUTDIR, 'bench'), outputFileExtension: '.yaml' });
const chart = new Chart(app, 'all');
for (const [index, object] of JSON.parse(readFileSync(process.argv[2], 'utf8')).entries()) {
  new ApiObject(chart, `object-${index}`, object);
}
app.synth();
