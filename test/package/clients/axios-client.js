/** axios as it comes. */
import axios from 'axios';
import { run } from './journey.js';

const text = { responseType: 'text', transformResponse: (data) => data };
await run(async (url, body) => (await (body === undefined ? axios.get(url, text) : axios.post(url, body, text))).data);
