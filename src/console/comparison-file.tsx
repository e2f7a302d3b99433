/** The comparison as a page of its own, without an emulator: its data stands in the page. */
import { render } from 'preact';
import { useState } from 'preact/hooks';
import type { Comparison } from '../compare/comparison.ts';
import { ComparisonView } from './comparison/comparison-view.tsx';
import { Presentation } from './comparison/presentation.tsx';
import { applyTheme, toggleMasked } from './preferences.ts';

const comparison = JSON.parse(document.querySelector('#comparison')!.textContent) as Comparison;

function Alone() {
  const [step, setStep] = useState<number | undefined>(undefined);
  if (step !== undefined) {
    return (
      <main>
        <Presentation comparison={comparison} step={step} goTo={setStep} end={() => setStep(undefined)} />
      </main>
    );
  }
  return (
    <main>
      <ComparisonView comparison={comparison} present={() => setStep(0)} />
    </main>
  );
}

applyTheme();
document.title = `${comparison.input}: v1, v2 and customer attributes`;
document.documentElement.classList.add('alone');
addEventListener('keydown', ({ key }) => {
  if (key === 'm') toggleMasked();
});
render(<Alone />, document.querySelector('#app')!);
