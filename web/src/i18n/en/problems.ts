// What is wrong with a flow the server says in English.
export const problem = {}
