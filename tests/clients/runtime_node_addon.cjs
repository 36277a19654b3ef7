// Stands in for the addon of aws-lambda-ric, whose compilation takes minutes and tools that few machines have. It is the same C++
// client that awslambdaric uses, so what it says on the wire is tested there; all the rest of aws-lambda-ric runs here as it is.
// Preloaded by NODE_OPTIONS=--require.
const http = require('node:http');
const Module = require('node:module');

const [hostname, port] = (process.env.AWS_LAMBDA_RUNTIME_API ?? ':').split(':');
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
let posted = Promise.resolve(); // the addon's posts block; here the next one waits for the last

function exchange(method, path, headers, body) {
    return new Promise((resolve, reject) => {
        const options = { hostname, port, agent, method, headers, path: `/2018-06-01/runtime/invocation/${path}` };
        http.request(options, async response => {
            const chunks = [];
            for await (const chunk of response) chunks.push(chunk);
            resolve({ status: response.statusCode, headers: response.headers, bodyJson: Buffer.concat(chunks).toString() });
        }).on('error', reject).end(body);
    });
}

function post(path, headers, body) {
    posted = posted.then(() => exchange('POST', path, headers, body)).then(({ status }) => {
        if (status !== 202) throw new Error(`POST ${path} was answered with ${status}`);
    });
}

const client = {
    initializeClient() {},
    done: (id, body) => post(`${id}/response`, { 'Content-Type': 'application/json' }, body),
    error: (id, body, cause) => post(`${id}/error`, { 'Content-Type': 'application/json',
        'Lambda-Runtime-Function-XRay-Error-Cause': cause }, body),
    next: () => posted.then(() => exchange('GET', 'next')),
};

const load = Module._extensions['.node'];
Module._extensions['.node'] = (module, file) => {
    if (file.endsWith('rapid-client.node')) module.exports = client;
    else load(module, file);
};
