/** The console: the page that its address stands for, in a frame that is always there. */
import { render } from 'preact';
import { watch } from './live.ts';
import { applyTheme } from './preferences.ts';
import { Shell } from './shell.tsx';

applyTheme();
watch();
render(<Shell />, document.querySelector('#app')!);
