// Sign-in codes in the forms in which people paste them.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import ts from 'typescript';

const source = await readFile(new URL('sign_in_code.ts', import.meta.url), 'utf8');
const { outputText } = ts.transpileModule(source, {
	compilerOptions: { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.ESNext }
});
const { signInCode } = await import('data:text/javascript,' + encodeURIComponent(outputText));

for (const [name, pasted, code] of [
	['alone', '04172958', '04172958'],
	['in two groups', '0417 2958', '04172958'],
	['with a dash and spaces around', ' 0417-2958 ', '04172958'],
	['a subject of a studio with a number', '04172958 is your sign-in code for Studio 54', '04172958'],
	['a number first', 'Studio 54: 04172958', '04172958'],
	[
		'a whole mail',
		'Hello Mara,\n\nyour code is\n\n04172958\n\nIt works for 10 minutes, until 14:20. Case 20311014120.',
		'04172958'
	],
	['full-width digits', '０４１７２９５８', '04172958'],
	['Arabic-Indic digits', '٠٤١٧٢٩٥٨', '04172958'],
	['Persian digits in a sentence', 'کد ۰۴۱۷۲۹۵۸ برای Studio 54', '04172958'],
	['Devanagari digits', '०४१७२९५८', '04172958'],
	['mathematical digits', '𝟘𝟜𝟙𝟟𝟚𝟡𝟝𝟠', '04172958'],
	['too few', '0417295', ''],
	['too many', '041729581', ''],
	['nothing', '', '']
]) {
	test(name, () => assert.equal(signInCode(pasted), code));
}
