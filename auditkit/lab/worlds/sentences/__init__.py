"""The world of sentences: templated lower-case sentences whose distribution is known, one mechanism a file.

Every mechanism has `distribution(dose)`, the probability of every sentence; `slots()`, the places where its choice is
made, in words that can be asked; `quantities(shares)`, what audits tell of the choices; and `truth(dose)`, the same in
closed form.
"""
