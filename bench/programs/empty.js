// The least that cdk8s accepts: an app with one chart and nothing in it.
const { App, Chart } = require('cdk8s');

const app = new App();
new Chart(app, 'empty');
app.synth();
