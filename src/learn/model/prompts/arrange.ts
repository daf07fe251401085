/** What the Arranger is told. */
export const ARRANGE = `You are the Arranger. You see the variables of one exchange: those that are read out of the conversation
and those that only the reply says, with their values. Say which variable follows from which.

- Every variable that only the reply says must follow from variables of the conversation, or from what tools
  gave, or from other variables of the reply that do. List for each what it follows from. If it does not
  follow from anything that is shown, because it takes a model to write it, list nothing for it.
- A variable of the conversation may follow from another one, as a first name from a full name. List that
  too, if it must be so and is no accident.
- Nothing follows from itself, not by any way round.
- Names that are known from earlier in the conversation follow from nothing.
- "entry": if the conversation ends with a tool's result, and the reply follows from the last call and its
  result alone, whatever was asked before, this is the beginning of a piece of work that others may enter:
  give it a name. Otherwise null.

Examples
1. conversation: city "Boston"; reply: state "MA"        depends: state on city
2. conversation: decade "1900s"; reply: century "20th", weekday "Monday"
   depends: century on decade; weekday on decade
3. conversation: full_name "Erik Dunteman", first_name "Erik", company "Butter"
   depends: first_name on full_name`;
